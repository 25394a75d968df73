"""Does a smaller cutout, or a mask network that sees a smaller image, change what study 1 reaches? One core, no GPU:
about four minutes for each arm and seed.

    python bench/check_scales.py FOLDER [SEED ...]     (0, 1 and 2 by default)

Arms of `runs/roi_consistency_experiment.yaml` at full resolution and at a part of it: same images, order and first
weights. An arm that learns from outlines is also asked about test images of half the side (`..._at_half`): has it
learned the finding there? Writes FOLDER/roi_scales.csv, one row per arm and seed, and prints the paired differences;
goes on in FOLDER where it was stopped. Kept: runs/results/roi_scales.csv."""
import dataclasses, sys
from pathlib import Path
import numpy as np, pandas as pd, torch, torch.nn.functional as F
from medxai.configs.roi import ExperimentConfig, RECIPES
from medxai.core.files import atomic_path, read_json, write_json
from medxai.core.report import with_interval
from medxai.core.run import load_config
from medxai.experiments.roi_known_truth import (ARM_MEASURES, experiment_data, experiment_test, image_tensor,
                                                measure_arm, t_interval, train_arm)
from medxai.metrics.discrimination import auroc

# name: arm, side of its cutouts, side of what its mask network sees (as fractions of the image's side)
SCALES = dict(guided=('guided', 1., 1.), guided_half=('guided', .5, 1.),
              masknet=('masknet', 1., 1.), masknet_quarter=('masknet', 1., .25))
PAIRS = [('guided', 'guided_half'), ('masknet', 'masknet_quarter')]

def at_half(cfg, arm, test):
    "AUROC of the label on test images of half the side, the marker as trained and reversed"
    (on, off, usual), net = test, arm.model.model.eval()
    j = on.labels.index(cfg.label)
    def logits(m):
        x = F.interpolate(image_tensor(m), (cfg.size//2,)*2, mode='area')
        with torch.no_grad(): return torch.cat([net(o) for o in x.split(64)])[:, j].numpy()
    z_on, z_off = logits(on), logits(off)
    score = lambda who: float(auroc(on.y[:, j], np.where(who, z_on, z_off)))
    return dict(auroc_at_half=score(usual), auroc_reversed_at_half=score(~usual))

def run(name, seed, folder):
    "Train and measure one arm of one seed"
    done = folder/f'{name}_{seed}.json'
    if done.is_file(): return read_json(done)
    recipe, cutout_scale, mask_scale = SCALES[name]
    RECIPES[name] = dataclasses.replace(RECIPES[recipe], mask_scale=mask_scale)
    cfg = load_config(ExperimentConfig, Path(__file__).parents[1]/'runs/roi_consistency_experiment.yaml')
    cfg = dataclasses.replace(cfg, arms=[name], cutout_scale=cutout_scale)
    arm = train_arm(cfg, name, seed, folder/f'training/{name}_{seed}', progress=False)
    # the arm's own network is its evaluator: what depends on another one is not asked here
    test = experiment_test(cfg, seed)
    found = measure_arm(cfg, arm, experiment_data(cfg, seed).split('valid'), test, arm.model.model)
    row = dict(arm=name, seed=seed, **{k: v for k, v in found.items() if 'evaluator' not in k and k in ARM_MEASURES})
    if RECIPES[name].outlined: row |= at_half(cfg, arm, test)
    write_json(done, row)
    return row

if __name__ == '__main__':
    torch.set_num_threads(1)
    folder, seeds = Path(sys.argv[1]), [int(s) for s in sys.argv[2:]] or [0, 1, 2]
    t = pd.DataFrame([run(name, seed, folder) for seed in seeds for name in SCALES])
    with atomic_path(folder/'roi_scales.csv') as tmp: t.to_csv(tmp, index=False)
    for full, part in PAIRS:
        for k in ('auroc', 'auroc_reversed', 'auroc_others', 'pointing', 'own_needed_stranger', 'crop_area'):
            wide = t.pivot(index='seed', columns='arm', values=k)
            print(f'{part} - {full}: {ARM_MEASURES[k]}: {with_interval(*t_interval(wide[part] - wide[full]))}')
