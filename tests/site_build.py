"The site for checking, without Quarto and without a network: `make site` writes _site from the notebooks as saved."
import functools, html, json, re, shutil, tempfile
from pathlib import Path

import nbdev.quarto as q
import yaml
from latex2mathml.converter import convert
from smalldocs import highlight, layout, markdown, site

root = Path(__file__).parents[1]
out = root/'_site'

def mathml(text):
    "Formulas between dollar signs, outside of code, as MathML: KaTeX would come from another server"
    parts = re.split(r'(```.*?```|`[^`\n]*`)', text, flags=re.S)
    def inline(m): return convert(m[2], display='block' if m[1] == '$$' else 'inline')
    return ''.join(p if k % 2 else re.sub(r'(?<![\\$\w])(\$\$?)(?=\S)([^$\n]+?)(?<=\S)\1(?![\d$])', inline, p)
                   for k, p in enumerate(parts))

def processed(nb):
    "A notebook as readers see it: hidden cells left out, exported code folded"
    cells = []
    for c in nb['cells']:
        text = ''.join(c['source'])
        if c['cell_type'] == 'markdown':
            cells.append(c | dict(source=mathml(re.sub(r'!\[([^\]]*)\]\(https?:[^)]*\)', r'\1', text)))) # badges
        if c['cell_type'] != 'code' or re.search(r'^#\|\s*(hide|default_exp)\b', text, re.M): continue
        options = []
        if re.search(r'^#\|\s*echo:\s*false', text, re.M): options.append('#| echo: false')
        if re.search(r'^#\|\s*export', text, re.M): options += ['#| code-fold: true', '#| code-summary: source']
        options += re.findall(r'^#\|\s*fig-alt:.*', text, re.M)
        code = re.sub(r'^#\|.*\n?', '', text, flags=re.M).strip('\n')
        outputs = [o for o in c['outputs'] if o.get('name') != 'stderr']
        cells.append(c | dict(source='\n'.join([*options, code]), outputs=outputs))
    return nb | dict(cells=cells)

def prepared(folder):
    "The sources of the site, in a folder of their own"
    q.refresh_quarto_yml()
    q.nbdev_sidebar.__wrapped__()
    for path in sorted((root/'nbs').rglob('*')):
        if '.ipynb_checkpoints' in path.parts or path.is_dir(): continue
        to = folder/path.relative_to(root/'nbs')
        to.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == '.ipynb': to.write_text(json.dumps(processed(json.loads(path.read_text()))))
        elif path.suffix in ('.yml', '.css', '.png', '.svg'): shutil.copyfile(path, to)
    config = yaml.safe_load((folder/'_quarto.yml').read_text())
    for name in config.pop('metadata-files'):
        for k, v in yaml.safe_load((folder/name).read_text()).items():
            config[k] = {**config.get(k, {}), **v} if k != 'website' else _merged(config[k], v)
    config['project']['output-dir'] = '_site'
    (folder/'_quarto.yml').write_text(yaml.safe_dump(config, sort_keys=False))

def _merged(a, b): return {**a, **b, **{k: {**a[k], **b[k]} for k in a if k in b and isinstance(a[k], dict)}}

def main():
    layout.KATEX = 'no-katex' # formulas are MathML; a page that asks for it would be a broken link
    markdown.highlight = functools.cache(highlight.highlight) # each page is rendered twice
    highlight.css_class = functools.cache(highlight.css_class)
    with tempfile.TemporaryDirectory() as d:
        prepared(Path(d))
        built = site.build(d, quiet=True)
        for css in built.out.rglob('*.css'): # a theme's font would come from another server
            css.write_text(re.sub(r'@import url\([^)]*\);?', '', css.read_text(encoding='utf-8')), encoding='utf-8')
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(built.out, out)
    for w in built.warnings: print(f'warning: {html.unescape(w)}')
    print(f'{len(built.pages)} pages in {out}; look at them with `make site-serve`')

if __name__ == '__main__': main()
