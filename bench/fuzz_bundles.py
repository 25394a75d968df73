"""Mutated model bundles through `load_bundle` and `load_grounded`: python bench/fuzz_bundles.py [seconds] [--seed 0]
[--keep]

Every bundle is loaded with the weights it was saved with and used for a prediction, or refused by a ValueError or
FileNotFoundError that names its folder; code in a name or an argument is never run. Weights that were changed get
their new checksum, so that what comes after it is reached. More than 2 GB of memory are an error."""
import json, resource, shutil, tempfile
from pathlib import Path
import numpy as np, pandas as pd, torch
from fuzz_counts import fuzz
from safetensors.torch import load_file, save_file
from medxai.cohort.manifest import Manifest
from medxai.cohort.store import ImageStore
from medxai.metrics.calibration import Calibrator
from medxai.models.backbone import create_model
from medxai.models.bundle import file_sha256, load_bundle, predict, save_bundle
from medxai.models.fusion import create_grounded
from medxai.models.grounded import Grounded, load_grounded, save_grounded
from medxai.models.text import text_encoder, TextBank

ODD = [None, '', [], {}, 0, -1, 1, 3, 7, 1e9, 10**9, 200_000, 1e400, float('nan'), .5, 'x'*500,
       '../../x', '/etc/passwd', '<b>', '__import__("os")', 'os.system', True, [[1]], [1, 2, 3], [0], ['x'],
       {'checkpoint_path': 'x.pt'}, {'a': 'x'}, {'z': .5}, 'hf_hub:a/b', 'test_vit', 'test_convnext', 'lesion', 'nope',
       ['a', 'a'], ['b', 'a'],
       ['all', 'macro'], 'é\u0000', 'multiclass']
ARGUMENTS = ['checkpoint_path', 'pretrained', 'x', 'drop_rate', 'img_size', 'global_pool', 'output_stride', 'act_layer',
             'evidence', 'width', 'map_stride', 'frozen', 'n_out', 'patch_size', 'in_chans', 'class_token']

def changed(o, rng):
    "Somewhere in a JSON value something else"
    if isinstance(o, dict) and o and rng.random() < .9:
        k = rng.choice(sorted(o))
        how = rng.random()
        if how < .15: return {a: b for a, b in o.items() if a != k}
        if how < .3: return o | {rng.choice([*ARGUMENTS, k + ' ']): rng.choice(ODD)}
        return o | {k: changed(o[k], rng)}
    if isinstance(o, list) and o and rng.random() < .6:
        at, how = rng.randrange(len(o)), rng.random()
        if how < .2: return o[:at] + o[at + 1:]
        if how < .4: return [*o, o[at]]
        return [*o[:at], changed(o[at], rng), *o[at + 1:]]
    return rng.choice(ODD)

def other_weights(path, rng):
    "Tensors left out, added, renamed, reshaped or of another kind"
    w, how = load_file(path), rng.choice(['out', 'in', 'shape', 'kind', 'name', 'nothing'])
    k = rng.choice(sorted(w))
    if how in ('out', 'name'): v = w.pop(k)
    if how == 'name': w[k + 'x'] = v
    if how == 'in': w[rng.choice('abc')] = torch.zeros(rng.randrange(1, 4))
    if how == 'shape': w[k] = rng.choice([w[k][None], w[k].flatten()[:1], w[k].flatten()]).contiguous()
    if how == 'kind': w[k] = w[k].to(rng.choice([torch.int64, torch.complex64, torch.bool]))
    save_file(w, path)

def spoiled(path, rng):
    raw = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 5)): raw[rng.randrange(min(len(raw), 3000))] = rng.randrange(256)
    path.write_bytes(raw[:rng.randrange(len(raw))] if rng.random() < .3 else raw)

def mutated(folder, rng): # -> whether weights may have other values
    path, weights, how = folder/'model.json', folder/'model.safetensors', rng.random()
    info = json.loads(path.read_text())
    if how < .25: path.write_text(json.dumps(changed(info, rng)))
    elif how < .7: # one field, with two changes now and then
        k = rng.choice(sorted(set(info) - {'notice', 'versions', 'sha256'}))
        info[k] = changed(info[k], rng)
        if rng.random() < .3: info['architecture'] = changed(info['architecture'], rng)
        path.write_text(json.dumps(info))
    elif how < .75: spoiled(path, rng)
    else:
        (other_weights if how < .9 else spoiled)(weights, rng)
        if rng.random() < .9: path.write_text(json.dumps(info | dict(sha256=file_sha256(weights))))
    return how >= .75

def load(kind, folder): # -> the network; what it loaded was used once
    if kind == 'good':
        b = load_bundle(folder)
        if b.task == 'multilabel' and set(b.labels) == {'a', 'b'}:
            predict(b, IMAGES, None, calibrated=bool(b.calibration), device='cpu', progress=False)
        return b.model
    g = load_grounded(folder, BANK.encoder)
    g.decide(*g.ask(np.zeros((1, 64, 64), np.uint8), ['No mass.'], device='cpu'), ['No mass.'])
    return g.model

def attempt(rng, seen):
    folder, kind = FOLDER/'bundle', 'good' if rng.random() < .7 else 'grounded'
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FOLDER/kind, folder)
    weights = mutated(folder, rng)
    try: model = load(kind, folder)
    except (ValueError, FileNotFoundError) as e:
        said = str(e)
        if 'does not take images of' in said or 'takes images of' in said: said += str(folder) # of the size, in use
        seen['refused'] += 1
        if str(folder) not in said: seen['nameless'] += 1
        if str(folder) not in said: return f'nameless: {e!r:.200}'
        if '\n' in said or len(said) > 1500: seen['unclear'] += 1
        if '\n' in said or len(said) > 1500: return f'unclear: {said[:300]!r}'
    except Exception as e:
        seen['foreign'] += 1
        return f'{type(e).__name__}: {str(e)[:200]}\n  {(folder/"model.json").read_bytes()[:900]!r}'
    else:
        same = weights or all(torch.equal(v, GOOD[kind][k]) for k, v in model.state_dict().items())
        seen['read' if same else 'wrong values'] += 1

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as there:
        FOLDER, BANK = Path(there), TextBank(text_encoder())
        pixels = np.zeros((2, 64, 64), np.uint8)
        IMAGES = Manifest(pd.DataFrame(dict(image=['1', '2'], a=[1, 0], b=[0, 1])), labels=['a', 'b'])
        IMAGES.store = ImageStore(pixels, IMAGES.images)
        torch.manual_seed(0)
        model = create_model('test_resnet', 2, pretrained=False)
        fitted = Calibrator('isotonic', ['a', 'b'], 'multilabel', [1.]*2, [0.]*2, [[[0., 1.], [.2, .8]], None])
        save_bundle(FOLDER/'good', model, ['a', 'b'], 'multilabel', 64, dict(lr=1.), fitted, dict(a=.5))
        net = create_grounded('test_resnet', 'film', decoder=(8, 8, 8, 8, 8), pretrained=False)
        save_grounded(FOLDER/'grounded', Grounded(net, 64, BANK, dict(mask=.5, presence=.1)), dict(lr=1.))
        GOOD = dict(good=model.state_dict(), grounded=net.state_dict())
        at_start = int(Path('/proc/self/statm').read_text().split()[0])*resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (at_start + 2*10**9,)*2)
        fuzz('bundles', attempt, __doc__)
