"README.md from index.ipynb (nbdev_readme needs Quarto, which many machines do not have)."
import re
from pathlib import Path
import nbformat
from nbconvert import MarkdownExporter

root = Path(__file__).parents[1]
folder = 'README_files'

def readme():
    "The text of README.md and its pictures, name -> bytes"
    nb = nbformat.read(root/'nbs'/'index.ipynb', as_version=4)
    nb.cells = [c for c in nb.cells if not re.search(r'^#\|\s*hide\b', c.source, re.M)]
    for c in nb.cells: # directives are for nbdev, not for readers
        if c.cell_type == 'code': c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M)
    text, res = MarkdownExporter().from_notebook_node(nb,
                                                      resources=dict(output_files_dir=folder, unique_key='README'))
    return re.sub(r'\n{3,}', '\n\n', text).strip() + '\n', res['outputs']

if __name__ == '__main__':
    text, pictures = readme()
    (root/'README.md').write_text(text, encoding='utf-8')
    for old in (root/folder).glob('*'): old.unlink()
    for name, data in pictures.items():
        (root/name).parent.mkdir(exist_ok=True)
        (root/name).write_bytes(data)
