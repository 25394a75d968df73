"""Mutated model bundles through `load_bundle`: python bench/fuzz_bundles.py [seconds] [--seed 0] [--keep]

Every bundle is loaded with the weights it was saved with, or refused by a ValueError or FileNotFoundError that names
its folder; code in a name or an argument is never run."""
import json, shutil, tempfile
from pathlib import Path
import torch
from fuzz_counts import fuzz
from medxai.models.backbone import create_model
from medxai.models.bundle import load_bundle, save_bundle

ODD = [None, '', [], {}, 0, -1, 1e9, 1e400, 'x'*500, '../../x', '/etc/passwd', '<b>', '__import__("os")', True, [[1]],
       {'checkpoint_path': 'x.pt'}, 'hf_hub:a/b', 'test_vit', ['a', 'a'], 'é\u0000']

def changed(o, rng):
    "Somewhere in a JSON value something else"
    if isinstance(o, dict) and o and rng.random() < .8:
        k = rng.choice(sorted(o))
        how = rng.random()
        if how < .2: return {a: b for a, b in o.items() if a != k}
        if how < .35:
            return o | {rng.choice(['checkpoint_path', 'pretrained', 'x', 'drop_rate', k + ' ']): rng.choice(ODD)}
        return o | {k: changed(o[k], rng)}
    if isinstance(o, list) and o and rng.random() < .5: return [changed(o[0], rng), *o[1:]]
    return rng.choice(ODD)

def mutated(folder, rng):
    info, weights = folder/'model.json', folder/'model.safetensors'
    if (how := rng.random()) < .7: info.write_text(json.dumps(changed(json.loads(info.read_text()), rng)))
    else:
        path = info if how < .85 else weights
        raw = bytearray(path.read_bytes())
        for _ in range(rng.randint(1, 5)): raw[rng.randrange(len(raw))] = rng.randrange(256)
        path.write_bytes(raw[:rng.randrange(len(raw))] if rng.random() < .3 else raw)

def attempt(rng, seen):
    folder = FOLDER/'bundle'
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(FOLDER/'good', folder)
    mutated(folder, rng)
    try: b = load_bundle(folder)
    except (ValueError, FileNotFoundError) as e:
        seen['refused'] += 1
        if str(folder) not in str(e): seen['nameless'] += 1
        if str(folder) not in str(e): return f'nameless: {e!r:.200}'
    except Exception as e:
        seen['foreign'] += 1
        return f'{type(e).__name__}: {str(e)[:200]}\n  {(folder/"model.json").read_bytes()[:600]!r}'
    else:
        same = all(torch.equal(v, GOOD[k]) for k, v in b.model.state_dict().items())
        seen['read' if same else 'wrong values'] += 1

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as there:
        FOLDER = Path(there)
        model = create_model('test_resnet', 2, pretrained=False)
        GOOD = model.state_dict()
        save_bundle(FOLDER/'good', model, ['a', 'b'], 'multilabel', 32)
        fuzz('bundles', attempt, __doc__)
