"""Does an encoder that has reconstructed unlabelled radiographs need fewer outlines? One core, no GPU: about two
minutes for each start, share and fold, and ten for the reconstruction.

    python bench/check_pretraining.py FOLDER [FOLD ...]     (0 and 1 of five by default)

The structures of chestseg100 under MEDXAI_DATA at 128 pixels, one output each, learned from 10, 25, 50% and all of the
training patients of a fold with the same number of steps: from ImageNet's weights, and from those after hidden patches
of the NIH sample were reconstructed from them. Writes FOLDER/pretraining_chestseg.csv: Dice on the test images of the
folds, and the difference on the same images, with intervals by patient; goes on in FOLDER where it was stopped. Kept,
of fold 0: runs/results/pretraining_chestseg.csv."""
import sys
from pathlib import Path
import pandas as pd, torch
from medxai.configs.localization import LocalizationConfig, LocalizationPretrainConfig
from medxai.core.files import atomic_path, real_data
from medxai.core.report import with_interval
from medxai.multimodal_localization import (localization_data, localization_evaluate, localization_pretrain,
                                            localization_setup, localization_table, localization_train)

SHARES, STEPS = (.1, .25, .5, 1.), 400
STARTS = 'ImageNet', 'ImageNet, then NIH'

def config(share, images, encoder):
    batch = min(8, max(2, images//4)) # a few steps in each epoch of few images
    return LocalizationConfig(
        triplets=str(real_data('chestseg100')/'triplets.csv'), size=128, folds=5, labelled=share,
        batch_size=batch, epochs=max(1, round(STEPS/(images//batch))), width=48, lr=2e-3, precision='bf16',
        flip=.3, average=.97, pos_weight=2., pretrained_encoder=encoder, n_boot=1000)

if __name__ == '__main__':
    torch.set_num_threads(1)
    folder, wanted = Path(sys.argv[1]).resolve(), [int(k) for k in sys.argv[2:]] or [0, 1]
    encoder = localization_pretrain(LocalizationPretrainConfig(
        data='nih', root=str(real_data('nih1600')), size=128, n_images=None, epochs=10, batch_size=16, pretrained=True,
        skips=False, mask_share=.5, decoder=[64, 48, 32, 24, 16], out=str(folder/'pretrain')), progress=False)
    said = {}
    for share in SHARES:
        m = localization_data(config(share, 8, None), folder/'store')
        folds = localization_setup(config(share, 8, None), m)
        for k in wanted:
            for start in STARTS:
                cfg = config(share, len(folds[k].rows['train']), str(encoder) if 'NIH' in start else None)
                to = folder/f'{STARTS.index(start)}_{share:g}_{k}'
                g, _ = localization_train(cfg, folds[k], 'channels', to, progress=False)
                said[share, start, k] = localization_evaluate(cfg, g, folds[k])[0]
                t = said[share, start, k]
                print(f'{share:.0%}, fold {k}, {start}: Dice {t.dice.mean():.3f}', flush=True)
    rows = []
    for share in SHARES:
        plain, more = (pd.concat([said[share, s, k] for k in wanted]) for s in STARTS)
        for start, t, beside in ((STARTS[0], plain, None), (STARTS[1], more, {STARTS[0]: plain})):
            found = localization_table(t, 1000, beside=beside)
            rows.append(found[found.measure.isin(['dice', f'over {STARTS[0]}'])].assign(share=share, start=start))
    table = pd.concat(rows, ignore_index=True)
    with atomic_path(folder/'pretraining_chestseg.csv') as tmp: table.to_csv(tmp, index=False)
    for r in table[table.finding == 'all'].itertuples():
        print(f'{r.share:.0%}: {r.start}: {r.measure}: {with_interval(r.value, r.lo, r.hi)}')
