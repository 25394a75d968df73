"""What the fuzzers share: arguments, clock, and the table runs/results/fuzz.csv with the last count of each"""
import argparse, collections, random, sys, time, warnings
from pathlib import Path
import pandas as pd

TABLE = Path(__file__).parents[1]/'runs/results/fuzz.csv'
BAD = 'foreign', 'wrong values', 'nameless', 'unclear', 'outside'

def keep(what, seed, tried, counts):
    "One line for each fuzzer, the newest"
    old = pd.read_csv(TABLE) if TABLE.is_file() else pd.DataFrame(columns=['what'])
    row = pd.DataFrame([dict(what=what, seed=seed, tried=tried, **{k: counts[k] for k in ('read', 'refused', *BAD)})])
    pd.concat([old[old.what != what], row]).sort_values('what').to_csv(TABLE, index=False)

def fuzz(what, # the things that are tried
         attempt, # (rng, counts) -> text of something that should not have happened, or None
         doc):
    "Try until the time is over; the script fails where anything happened that should not"
    a = argparse.ArgumentParser(description=doc.split('\n')[0])
    a.add_argument('seconds', type=float, nargs='?', default=60)
    a.add_argument('--most', type=int, default=10**9, help='stop after so many')
    a.add_argument('--seed', type=int, default=0)
    a.add_argument('--keep', action='store_true', help=f'write the counts into {TABLE.name}')
    args, seen, tried = a.parse_args(), collections.Counter(), 0
    rng, end = random.Random(args.seed), time.monotonic() + args.seconds
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        while time.monotonic() < end and tried < args.most:
            if said := attempt(rng, seen): print(said, flush=True)
            tried += 1
    print(f'{tried:,} {what}:', dict(seen))
    if args.keep: keep(what, args.seed, tried, seen)
    sys.exit(sum(seen[o] for o in BAD) > 0)
