"""Does a radiograph classifier look at the evidence, and can its probability be trusted?

For research only, never for clinical use. Every public name of the modules is found here too, `medxai.Manifest` for
`medxai.cohort.manifest.Manifest`, and its module is imported only when the name is first asked for."""
__version__ = "0.1.0"

from functools import cache as _cache


@_cache
def _public() -> dict:
    "name -> module, read from the text of the modules, so that none is imported for it"
    import ast
    import re
    from pathlib import Path
    here, found = Path(__file__).parent, {}
    for path in sorted(here.rglob('*.py')):
        names = re.search(r'^__all__ = (\[.*?\])', path.read_text(encoding='utf-8'), re.M | re.S)
        module = '.'.join(['medxai', *path.relative_to(here).with_suffix('').parts])
        found.update(dict.fromkeys(ast.literal_eval(names[1]) if names else (), module))
    return found


def __getattr__(name):
    from importlib import import_module
    from importlib.util import find_spec
    if name == '__all__': return sorted({*_public(), 'about', 'notebooks'}) # for `from medxai import *`
    if name.startswith('_'): raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    if name in (public := _public()): return _teach(getattr(import_module(public[name]), name))
    if find_spec(f'{__name__}.{name}'): return import_module(f'{__name__}.{name}')
    raise AttributeError(f'medxai has no {name!r}; see dir(medxai)')


def __dir__(): return sorted({*globals(), *_public()})


def about(what, # a public name, or the function or class itself
         ) -> str: # for a person to read; `print` it
    "How something of medxai is called: every parameter with the comment beside it, and its docstring"
    import ast
    import inspect
    import textwrap
    if isinstance(what, str): what = __getattr__(what)
    if not (inspect.isfunction(inspect.unwrap(what)) or inspect.isclass(what)):
        raise TypeError(f'{what!r} is neither a function nor a class')
    if inspect.isclass(what) and hasattr(what, '__pydantic_config__'): # of a config the inherited fields, too
        return f'class {what.__name__}: {inspect.getdoc(what)}\n' + __getattr__('parameters_source')(what)
    source = textwrap.dedent(inspect.getsource(what))
    node = ast.parse(source).body[0]
    def end_of(o): # its docstring, or the line before its first statement
        return o.body[0].end_lineno if ast.get_docstring(o) else max(o.body[0].lineno - 1, o.lineno)
    end = end_of(node)
    for o in node.body if isinstance(node, ast.ClassDef) else (): # its fields, or the parameters of `__init__`
        if isinstance(o, ast.FunctionDef):
            if o.name == '__init__': end = end_of(o)
            break
        end = o.end_lineno
    return '\n'.join(source.split('\n')[node.lineno - 1:end])


def _teach(obj):
    "IPython's `medxai.evaluate?` asks an object for its `getdoc`: give it the comments of the parameters as well"
    import inspect
    target = obj if inspect.isfunction(obj) else vars(obj).get('__init__') if inspect.isclass(obj) else None
    if inspect.isfunction(target) and not hasattr(target, 'getdoc'): target.getdoc = lambda: '\n' + about(obj)
    return obj


def notebooks(copy_to=None, # a folder; None: only list them
             ) -> list:     # their names, or the paths of the copies
    "The notebooks of the studies and their files of parameters; a run started in the copies leaves its results there"
    import shutil
    from pathlib import Path
    here = Path(__file__).parent
    root = here/'_notebooks' if (here/'_notebooks').is_dir() else here.parent # an installed package, or a clone
    patterns = 'nbs/[0-9]*.ipynb', 'nbs/experiments/*.ipynb', 'runs/*.yaml', 'runs/results/*.csv'
    names = [p.relative_to(root).as_posix() for o in patterns for p in sorted(root.glob(o))]
    if copy_to is None: return names
    to = Path(copy_to).expanduser()
    if there := [n for n in names if (to/n).exists()]:
        raise FileExistsError(f'{to} has {there[0]} already; choose another folder, or remove it there')
    for n in names:
        (to/n).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root/n, to/n)
    return [to/n for n in names]
