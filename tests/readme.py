"README.md from index.ipynb (nbdev_readme needs Quarto, which many machines do not have)."
import re
from pathlib import Path
import nbformat
from nbconvert import MarkdownExporter

root = Path(__file__).parents[1]
folder = 'README_files'

def _silent(cell): return re.search(r'^#\|\s*echo:\s*false', cell.source, re.M)

def readme():
    "The text of README.md and its pictures, name -> bytes"
    nb = nbformat.read(root/'nbs'/'index.ipynb', as_version=4)
    nb.cells = [c for c in nb.cells if not re.search(r'^#\|\s*hide\b', c.source, re.M)]
    texts = [m[1] for c in nb.cells if (m := re.search(r'^#\|\s*fig-alt:\s*"(.*)"$', c.source, re.M))]
    nb.cells = [c for c in nb.cells if c.cell_type == 'markdown' or c.outputs or not _silent(c)]
    for c in nb.cells: # directives are for nbdev, not for readers
        if c.cell_type == 'code': c.source = '' if _silent(c) else re.sub(r'^#\|.*\n?', '', c.source, flags=re.M)
    text, res = MarkdownExporter().from_notebook_node(nb,
                                                      resources=dict(output_files_dir=folder, unique_key='README'))
    text = re.sub(r'^```\n+```\n', '', text, flags=re.M) # code that is not shown
    for alt in texts: text = text.replace('![png](', f'![{alt}](', 1)
    return re.sub(r'\n{3,}', '\n\n', text).strip() + '\n', res['outputs']

if __name__ == '__main__':
    text, pictures = readme()
    (root/'README.md').write_text(text, encoding='utf-8')
    for old in (root/folder).glob('*'): old.unlink()
    for name, data in pictures.items():
        (root/name).parent.mkdir(exist_ok=True)
        (root/name).write_bytes(data)
