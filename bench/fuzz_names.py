"""Odd names of labels through what becomes a file, a page or a table: python bench/fuzz_names.py [seconds] [--seed 0]

A label, column or split may be called anything: what is written stays in its folder, a page loads nothing from
elsewhere and runs nothing, and a table reads back as it was written."""
import re, shutil, tempfile
from pathlib import Path
import numpy as np, pandas as pd
from fuzz_counts import fuzz
from medxai.core.files import safe_name
from medxai.core.report import Report
from medxai.cohort.manifest import Manifest
from medxai.data import split_tables

PIECES = ['..', '/', '\\', 'a', 'Mass', ' ', '\0', '\n', '$$', '$x$', '<img src="http://x/y.png">',
          '![a](http://x/y.png)',
          '<script>alert(1)</script>', '[a](javascript:alert(1))', 'CON', 'é', '\u202e', '|', '`', '*', '"',
          "'", ',', ';', '\t', 'x'*200, '%2e%2e', '~', '${HOME}', '{{7*7}}',
          '{%', '&', '#', '-', '=1+1', '.', '1', 'nan', '\ud800']
LOADS = re.compile(r'<(?:img|link|script|iframe|object)[^>]*(?:src|href)\s*=\s*["\']?(?!data:)|<script', re.I)

def attempt(rng, seen):
    name = ''.join(rng.choice(PIECES) for _ in range(rng.randint(1, 4)))
    folder = FOLDER/'run'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        (folder/f'{safe_name(name)}.txt').write_text('x')
        page = Report(name, name, {name: name}).answer(name).text(f'## {name}\n\n{name}')
        page.save(folder/'report.html') # half a character ends here: pandas takes none
        html = page.table(pd.DataFrame({name: [name]}), name).save(folder/'report.html').read_text()
        m = Manifest(pd.DataFrame({'image': ['a', 'b'], 'split': ['train', name], name: [1, 0]}), labels=[name])
        split_tables(m, folder)
        back = Manifest.from_csv(folder/'manifest.csv')
    except (ValueError, FileNotFoundError) as e:
        seen['refused'] += 1
        if isinstance(e, UnicodeError): seen['unclear'] += 1
        if isinstance(e, UnicodeError): return f'unclear: {name!r}: {e!r:.200}'
    except Exception as e:
        seen['foreign'] += 1
        return f'{name!r}: {type(e).__name__}: {str(e)[:200]}'
    else:
        if [o.name for o in FOLDER.iterdir()] != ['run']: seen['outside'] += 1
        if LOADS.search(html) or back.labels != [name] or not np.array_equal(back.y, m.y):
            seen['wrong values'] += 1
            return f'{name!r}: {back.labels} {LOADS.findall(html)}'
        seen['read'] += 1

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as there:
        FOLDER = Path(there)/'only'
        FOLDER.mkdir()
        fuzz('names', attempt, __doc__)
