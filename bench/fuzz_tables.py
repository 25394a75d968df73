"""Mutated tables through the readers: python bench/fuzz_tables.py [seconds] [--seed 0] [--keep]

Every table is read, or refused by a ValueError or FileNotFoundError that names the file; anything else is counted as
foreign, and the script ends with its number. Bounded and seeded: the same seed tries the same tables."""
import io, tempfile
from contextlib import redirect_stdout
from pathlib import Path
from fuzz_counts import fuzz
from medxai.cohort.manifest import Manifest, Predictions, read_predictions

START = ['image,patient,age,Mass,Edema\na.png,1,57,1,0\nb.png,2,61,0,\n',
         'File;Patient ID;Age;Labels\na.png;1;57,5;Mass|Edema\n',
         'image,y_A,y_B,prob_A,prob_B\na.png,1,0,.4,.6\nb.png,0,1,.9,.1\n',
         'image\tlogit_A\ty_A\na.png\t-1.5\tTrue\n']
ODD = ['', ',', ';', '"', '\n', '\r\n', '\0', '\ufeff', 'ü', 'nan', '-1',
       '1e999', '20%', '0,5', 'x'*2000, '../..', '<b>',
       '$$',
       'image', 'Unnamed: 0', 'prob_max', '=1+1', ' ', '12.0', 'inf', 'macro', '[1]', "'", '\t']

def mutated(rng):
    text = rng.choice(START)
    for _ in range(rng.randint(1, 6)):
        i, j = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        text = rng.choice([text[:i] + rng.choice(ODD) + text[i:], text[:i] + text[j:], text[:j] + text[i:j] + text[j:],
                           text[:i]])
    raw = text.encode(rng.choice(['utf-8', 'utf-16', 'cp1252']), 'replace')
    return raw if rng.random() < .8 else bytes(b ^ (1 << rng.randrange(8)) if rng.random() < .01 else b for b in raw)

READERS = dict(manifest=Manifest.from_csv, images=lambda p: Manifest.from_images(p, ['Mass']),
               predictions=Predictions.from_csv,
               joined=lambda p: read_predictions(p, Manifest.from_csv(p)))

def attempt(rng, seen):
    path = FOLDER/rng.choice(['t.csv', 't.tsv', 't.txt', 't.xlsx'])
    path.write_bytes(raw := mutated(rng))
    name = rng.choice(list(READERS))
    try:
        with redirect_stdout(io.StringIO()): READERS[name](path) # what from_csv prints about labels
    except (ValueError, FileNotFoundError) as e:
        seen['refused'] += 1
        if len(str(e)) > 3000 or isinstance(e, UnicodeError): seen['unclear'] += 1
    except Exception as e:
        seen['foreign'] += 1
        return f'{name}: {type(e).__name__}: {str(e)[:200]}\n  {raw[:300]!r}'
    else: seen['read'] += 1

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as there:
        FOLDER = Path(there)
        fuzz('tables', attempt, __doc__)
