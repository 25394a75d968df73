"""Does a radiograph classifier look at the evidence, and can its probability be trusted?

For research only, never for clinical use. Every public function and class of the rooms is found here too,
`medxai.Manifest` for `medxai.data.Manifest`, and its room is imported only when it is first asked for."""
__version__ = "0.1.0"

def _public() -> dict:
    "name -> module, from nbdev's index of what the notebooks export; nothing heavy is imported for it"
    from medxai._modidx import d
    found = {}
    for module, symbols in d['syms'].items():
        for s in symbols:
            name = s.removeprefix(f'{module}.')
            if not name.startswith('_') and '.' not in name: found.setdefault(name, module)
    return found

def __getattr__(name):
    from importlib import import_module
    from importlib.util import find_spec
    if name.startswith('_'): raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    if name in (public := _public()): return getattr(import_module(public[name]), name)
    if find_spec(f'{__name__}.{name}'): return import_module(f'{__name__}.{name}')
    raise AttributeError(f'medxai has no {name!r}; see dir(medxai)')

def __dir__(): return sorted({*globals(), *_public()})
