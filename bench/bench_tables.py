"""Tables of full size beside pandas: python bench/bench_tables.py [rows] [labels]

Reading a table of labels and a table of predictions, and an evaluation with 100 resamples. Each part runs in a process
of its own, so that its peak of memory is its own; seconds are of the processor, as ratios to pandas.read_csv of the
same file in the same run."""
import multiprocessing, resource, sys, tempfile, time, warnings
from contextlib import redirect_stdout
from pathlib import Path
import numpy as np, pandas as pd

def write(path, n, labels, predictions):
    rng = np.random.default_rng(0)
    d = pd.DataFrame(dict(image=[f'images/{i:08d}.png' for i in range(n)], patient=rng.integers(n//4, size=n),
                          age=rng.integers(18, 90, n), sex=rng.choice(['F', 'M'], n)))
    y = rng.random((n, labels)) < .05
    for j in range(labels):
        d[f'y_{j}' if predictions else f'label {j}'] = y[:, j].astype(int)
        if predictions: d[f'prob_{j}'] = rng.beta(1, 5, n).round(6)
    d.to_csv(path, index=False)

def by_pandas(path): pd.read_csv(path)

def manifest(path):
    from medxai.cohort.manifest import Manifest
    Manifest.from_csv(path)

def predictions(path):
    from medxai.cohort.manifest import Predictions
    Predictions.from_csv(path)

def read_and_evaluate(path):
    from medxai.cohort.manifest import Predictions
    from medxai.metrics.bootstrap import evaluate
    p, start = Predictions.from_csv(path), time.process_time()
    evaluate(p, n_boot=100)
    return time.process_time() - start

def measured(f, path, queue):
    import medxai.metrics.bootstrap # noqa: F401 -- what is imported is not counted
    warnings.simplefilter('ignore')
    start = time.process_time()
    with redirect_stdout(sys.stderr): inner = f(path)
    seconds = inner or time.process_time() - start
    queue.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1e6))

def alone(f, path):
    context = multiprocessing.get_context('spawn')
    queue = context.Queue()
    p = context.Process(target=measured, args=(f, path, queue))
    p.start()
    out = queue.get()
    p.join()
    return out

def main(n=1_000_000, labels=14):
    with tempfile.TemporaryDirectory() as d:
        for name, given, parts in (('labels', False, (manifest,)),
                                   ('predictions', True, (predictions, read_and_evaluate))):
            write(path := Path(d)/f'{name}.csv', n, labels, given)
            usual, peak = alone(by_pandas, path)
            print(f'{name}, {n:,} × {labels}, {path.stat().st_size/1e6:.0f} MB: pandas.read_csv {usual:.1f} s, '
                  f'{peak:.2f} GB', flush=True)
            for f in parts:
                s, peak = alone(f, path)
                print(f'  {f.__name__:18} {s:6.1f} s = {s/usual:4.1f} × pandas, peak {peak:.2f} GB', flush=True)

if __name__ == '__main__': main(*map(int, sys.argv[1:]))
