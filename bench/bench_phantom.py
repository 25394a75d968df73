"""Images a second on one core: python bench/bench_phantom.py

Process time, cv2 on one thread, sizes and kinds interleaved, the least and the median of 15 rounds. Beside it, as a
yardstick, what one would do instead at that size: read a PNG of that picture from disk with medxai.read_image."""
import statistics, tempfile, time
from pathlib import Path
import cv2
from medxai.cohort.image import read_image
from medxai.phantom.bone import phantom_bone
from medxai.phantom.chest import phantom_chest

WANTED = {64: 300, 224: 60}

def seconds(f, n): # a picture
    t = time.process_time()
    f()
    return (time.process_time() - t)/n

if __name__ == '__main__':
    cv2.setNumThreads(1)
    times, kinds, folder = {}, dict(chest=phantom_chest, bone=phantom_bone), tempfile.TemporaryDirectory()
    for size in WANTED:
        cv2.imwrite(f'{folder.name}/{size}.png', phantom_chest(1, size).store.array[0])
    for seed in range(16):
        for size, n in ((64, 40), (224, 12)):
            for kind, f in kinds.items():
                times.setdefault((kind, size), []).append(seconds(lambda: f(n, size, seed=seed), n))
            png = Path(folder.name)/f'{size}.png'
            times.setdefault(('PNG', size), []).append(seconds(lambda: [read_image(png) for _ in range(n)], n))
    print('            size   best/s  median/s   wanted   time of reading a PNG')
    for (kind, size), t in sorted(times.items(), key=lambda o: (o[0][1], o[0][0])):
        t = t[1:] # the first round warms up
        wanted = WANTED[size] if kind in kinds else ''
        print(f'{kind:10s} {size:5d} {1/min(t):8.0f} {1/statistics.median(t):9.0f} {wanted:>8}   '
              f'{min(t)/min(times["PNG", size][1:]):8.1f} x')
