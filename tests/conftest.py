"One thread for each of the tests that run at a time; the last line of a test run, in the form that CI reads."
import os

os.environ.setdefault('OMP_NUM_THREADS', '1') # two workers on two cores: each with two threads would wait for the other

def pytest_configure(config): config.medxai_counts = dict(passed=0, failed=0, skipped=0)

def pytest_terminal_summary(terminalreporter, config):
    stats = terminalreporter.stats
    config.medxai_counts = {k: sum(len(stats.get(s, [])) for s in states)
                            for k, states in dict(passed=['passed'], failed=['failed', 'error'],
                                                  skipped=['skipped']).items()}

def pytest_unconfigure(config):
    if hasattr(config, 'workerinput'): return # a worker of pytest-xdist, not the one that reports
    c = config.medxai_counts
    print(f'\n{c["passed"]} passed, {c["failed"]} failed' + (f', {c["skipped"]} skipped' if c['skipped'] else ''))
