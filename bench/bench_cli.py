"`medxai --help` and the help of a command beside Python itself: fresh interpreters, interleaved, the least of each."
import resource, subprocess, sys, time

GOALS = {'--help': .5, 'roi train --help': 3, 'failure eval --help': 3, 'roi train --epochs ten': 3} # seconds

def seconds(words): # on the clock; of the processor alone
    code = 'pass' if words is None else f'from medxai.cli import main; main({words.split()!r})'
    before, t = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, '-c', code], check=True, capture_output=True)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - t
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

if __name__ == '__main__':
    cases = [None, *GOALS]
    runs = [[seconds(o) for o in cases] for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 10)]
    for i, o in enumerate(cases):
        clock, busy = (min(r[i][k] for r in runs) for k in (0, 1))
        goal = f' (wanted: under {GOALS[o]:g} s)' if o else ''
        print(f'{"medxai " + o if o else "python":32} {clock:6.2f} s, {busy:6.2f} s of the processor{goal}')
