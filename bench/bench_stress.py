"""The stress test of twelve corruptions against thirteen plain passes: python bench/bench_stress.py [--n 128]

EfficientNet-lite0 (random weights) at 224², images in memory, batches of 64; plain and stressed passes take turns, and
totals are compared."""
import argparse, time
from medxai.models.backbone import create_model
from medxai.models.bundle import predict
from medxai.phantom.chest import phantom_chest
from medxai.models.stress import corrupted, suite

def clock(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start

if __name__ == '__main__':
    p = argparse.ArgumentParser()
    p.add_argument('--n', type=int, default=128)
    p.add_argument('--size', type=int, default=224)
    p.add_argument('--model', default='tf_efficientnet_lite0')
    args = p.parse_args()
    m = phantom_chest(args.n, size=args.size, seed=0)
    model = create_model(args.model, len(m.labels), pretrained=False)
    plain = lambda: predict(model, m, progress=False)
    plain()
    clean, each = [clock(plain)], {}
    for c in suite('source'):
        each[c.key] = clock(lambda: predict(model, corrupted(m, c), progress=False)) # what `stress` does
        clean.append(clock(plain))
    total = clean[0] + sum(each.values())
    print(f'{args.model}, {args.n} images of {args.size}²: clean and twelve corruptions {total:.1f} s, thirteen '
          f'plain passes {sum(clean):.1f} s')
    print(f'ratio {total/sum(clean):.3f} (wanted: at most 1.25)')
    for k, s in each.items(): print(f'  {k:26}{s*len(clean)/sum(clean):6.2f} x a plain pass')
