"""Mutated tables through the readers: python bench/fuzz_tables.py [seconds] [--seed 0] [--keep]

Every table is read, or refused by a ValueError or FileNotFoundError that names the file; anything else is counted as
foreign. Every other table is one whose cells are known, harmed as tables are on their way: where it is read without a
warning, each image has the labels that were written, or that is counted as wrong values. The script ends with the
number of such things. Bounded and seeded: the same seed tries the same tables."""
import io, tempfile
from contextlib import redirect_stdout
from pathlib import Path
import numpy as np
from fuzz_counts import fuzz
from medxai.cohort.manifest import Manifest, Predictions, read_predictions
from medxai.core.files import warned

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

# what happens to the rows on their way; each gets the cells of all rows and gives the lines
def line(cells): return ','.join(cells)

def decimal_commas(rng, rows): # in some rows, or in all
    share = rng.choice([.3, 1])
    return [line([o[0], f'{o[1]},5', *o[2:]] if rng.random() < share else o) for o in rows]

def cut_row(rng, rows): # before its last separator: whether a last cell was cut, nobody can see
    lines, i = [*map(line, rows)], rng.randrange(len(rows))
    lines[i] = lines[i][:rng.randint(1, lines[i].rindex(','))]
    return lines

def joined_rows(rng, rows): # a line feed is lost
    lines, i = [*map(line, rows)], rng.randrange(len(rows) - 1)
    return [*lines[:i], lines[i] + lines[i + 1], *lines[i + 2:]]

def open_quotes(rng, rows):
    rows = [[*o] for o in rows]
    for i in rng.sample(range(len(rows)), rng.randint(1, 2)):
        j = rng.randrange(len(rows[i]))
        rows[i][j] = rng.choice(['"{}', '{}"', '"{}"']).format(rows[i][j])
    return [*map(line, rows)]

def harmless(rng, rows): return [*map(line, rows)]

def harmed(rng):
    "A table, and the labels that each of its images has"
    extra = rng.choice([[], ['comment'], ['comment', 'more']])
    rows = [[f'{i}.png', str(rng.randint(20, 90)), rng.choice('01'), rng.choice(['0', '1', ''])]
            + [rng.choice(['', '', 'x']) for _ in extra] for i in range(rng.randint(2, 6))]
    lines = rng.choice([decimal_commas, cut_row, joined_rows, open_quotes, harmless])(rng, rows)
    lines.insert(0, line(['image', 'age', 'Mass', 'Edema', *extra]))
    if rng.random() < .2: lines = [o + ',' for o in lines]
    elif rng.random() < .1: lines = lines[:1] + [o + ',' for o in lines[1:]]
    if rng.random() < .2: lines.insert(rng.randrange(1, len(lines)), '')
    text = ''.join(o + rng.choice(['\n', '\n', '\n', '\r\n']) for o in lines)
    if rng.random() < .2: text = text.replace('\r\n', '\n').replace('\n', '\r')
    number = lambda o: float(o) if o else np.nan
    return text.encode(rng.choice(['utf-8', 'utf-16'])), {o[0]: [number(o[2]), number(o[3])] for o in rows}

def wrong(m, truth):
    "Whether an image lacks, is one too many, or has other labels than it was given"
    images = [o.strip('"') for o in m.images] # a name with a quote is no file, and said to be none
    return (sorted(images) != sorted(truth)
            or not np.array_equal(m.y, [truth[o] for o in images], equal_nan=True))

def attempt(rng, seen):
    path, truth = FOLDER/rng.choice(['t.csv', 't.tsv', 't.txt', 't.xlsx']), None
    name, raw = rng.choice(list(READERS)), mutated(rng)
    if rng.random() < .5:
        path, name = FOLDER/'t.csv', 'manifest'
        raw, truth = harmed(rng)
    path.write_bytes(raw)
    try:
        with redirect_stdout(io.StringIO()): # what from_csv prints about labels
            found, said = warned(READERS[name], path, **({} if truth is None else dict(labels=['Mass', 'Edema'])))
    except (ValueError, FileNotFoundError) as e:
        seen['refused'] += 1
        if len(str(e)) > 3000 or isinstance(e, UnicodeError): seen['unclear'] += 1
    except Exception as e:
        seen['foreign'] += 1
        return f'{name}: {type(e).__name__}: {str(e)[:200]}\n  {raw[:300]!r}'
    else:
        seen['read'] += 1
        if truth and not said and wrong(found, truth):
            seen['wrong values'] += 1
            return f'other labels than were written, without a word: {found.df.to_dict("list")}\n  {raw[:300]!r}'

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as there:
        FOLDER = Path(there)
        fuzz('tables', attempt, __doc__)
