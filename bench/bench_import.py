"`import medxai` beside Python itself: process time of fresh interpreters, interleaved, the least of each."
import subprocess, sys, time

def seconds(code):
    t = time.perf_counter()
    subprocess.run([sys.executable, '-c', code], check=True)
    return time.perf_counter() - t

if __name__ == '__main__':
    runs = [(seconds('pass'), seconds('import medxai')) for _ in range(20)]
    bare, ours = (min(r[i] for r in runs) for i in (0, 1))
    print(f'python          {bare*1e3:7.1f} ms\nimport medxai   {ours*1e3:7.1f} ms\ndifference      '
          f'{(ours - bare)*1e3:7.1f} ms (wanted: under 100 ms)')
