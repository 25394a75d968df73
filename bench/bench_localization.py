"""What asking in words costs: python bench/bench_localization.py [threads] [--keep]

Ratios of one run; what is compared takes turns, the fastest of each side counts. A training step of the conditioned
U-Net (one sentence per image, embeddings at hand) against the same smp U-Net without text; an epoch of sentences from
the bank against embedding every batch; K sentences on one image in one call against K calls of the whole network;
encoders by size and time of an image with one sentence; --keep writes those to runs/results/encoders.csv."""
import sys, time
import pandas as pd, segmentation_models_pytorch as smp, torch
from medxai.core.files import atomic_path, project_path
from medxai.models.fusion import create_grounded, PromptLoss
from medxai.models.prompts import region_sentence
from medxai.models.text import text_encoder, TextBank

B, SIZE, WIDTH, K = 8, 192, (48, 36, 24, 18, 12), 8

def clock(f):
    start = time.process_time() # of this process alone: the machine may be shared
    f()
    return time.process_time() - start

def fastest(sides, rounds): # {name: function} -> {name: seconds}
    for f in sides.values(): f()
    best = dict.fromkeys(sides, float('inf'))
    for _ in range(rounds):
        for k, f in sides.items(): best[k] = min(best[k], clock(f))
    return best

def stepper(model, loss): # a function that takes one training step
    opt = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    def step():
        loss().backward()
        opt.step()
        opt.zero_grad()
    return step

def steps(bank):
    "A training step with each fusion, and without text"
    x = torch.randint(0, 256, (B, 1, SIZE, SIZE), dtype=torch.uint8)
    target, loss = (torch.rand(B, 1, SIZE, SIZE) < .1).to(torch.uint8), PromptLoss()
    there = torch.ones(B)
    prompts = bank.batch([region_sentence('Effusion', s, k=k) for k in range(B//2) for s in ('left', 'right')])
    prompts |= dict(image=torch.arange(B))
    plain = smp.Unet('tu-tf_efficientnet_lite0', encoder_weights=None, in_channels=1, decoder_channels=WIDTH).train()
    plain = plain.to(memory_format=torch.channels_last)
    sides = dict(plain=stepper(plain, lambda: loss.of_masks(plain((x/255 - .5)/.5), target)))
    for name in ('concat', 'film', 'attention'):
        net = create_grounded('tf_efficientnet_lite0', name, decoder=WIDTH, pretrained=False).train()
        net = net.to(memory_format=torch.channels_last)
        def of(net=net): return loss(net, x, prompts, target, there, loss.run_model(net, x, prompts))[0]
        sides[name] = stepper(net, of)
    return sides

if __name__ == '__main__':
    given = [a for a in sys.argv[1:] if a != '--keep']
    torch.set_num_threads(int(given[0]) if given else 2)
    bank = TextBank(text_encoder())
    t = fastest(steps(bank), 5)
    for k, v in t.items(): print(f'training step, {k:9} {v:6.3f} s   {v/t["plain"]:.2f} of the plain U-Net')
    texts = [region_sentence(f, s, d, k) for f in ('Effusion', 'Nodule') for s in ('left', 'right')
             for d in (False, True) for k in range(4)]
    batches = [[texts[(7*i + j) % len(texts)] for j in range(32)] for i in range(10)]
    bank.add(texts)
    t = fastest(dict(bank=lambda: [bank.batch(b) for b in batches],
                     again=lambda: [bank.encoder.encode(b) for b in batches]), 2)
    print(f'10 batches of 32 sentences: from the bank {t["bank"]:.4f} s, embedded again {t["again"]:.3f} s, '
          f'{t["again"]/t["bank"]:.0f} times as long')
    net = create_grounded('tf_efficientnet_lite0', 'film', decoder=WIDTH, pretrained=False).eval()
    x, prompts = torch.rand(1, 1, SIZE, SIZE), bank.batch(texts[:K]) | dict(image=torch.zeros(K, dtype=torch.long))
    one = {k: v[:1] for k, v in prompts.items()}
    with torch.inference_mode():
        f = net.encode(x)
        t = fastest(dict(encoder=lambda: net.encode(x), decoder=lambda: net.decode(f, one),
                         together=lambda: net(x, prompts), apart=lambda: [net(x, one) for _ in range(K)]), 5)
    print(f'{K} sentences on one image: {t["together"]:.3f} s, {t["together"]/(t["encoder"] + K*t["decoder"]):.2f} of '
          f'one encoder and {K} decoder passes, {t["together"]/t["apart"]:.2f} of {K} calls')
    rows = []
    for name in ('tf_efficientnet_lite0', 'mobilenetv4_conv_small', 'mobilevit_xs', 'resnet34'):
        net = create_grounded(name, 'film', decoder=WIDTH, pretrained=False).eval()
        with torch.inference_mode(): t = fastest(dict(one=lambda: net(x, one)), 3)['one']
        size = sum(p.numel() for p in net.body.encoder.parameters())/1e6
        print(f'encoder {name:22} {size:5.1f} M parameters, {t*1e3:4.0f} ms of CPU an image')
        rows.append(dict(encoder=name, parameters_m=round(size, 2), cpu_ms=round(t*1e3, 1)))
    if '--keep' in sys.argv:
        with atomic_path(project_path('runs/results/encoders.csv')) as tmp: pd.DataFrame(rows).to_csv(tmp, index=False)
