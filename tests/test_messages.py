"""What went wrong is said in one paragraph that names the file, the row or the parameter: one case a line"""
import json
from pathlib import Path
import numpy as np, pandas as pd, pytest
from medxai.cohort.datasets import load_btxrd, load_nih, load_openi
from medxai.cohort.fixtures import write_btxrd, write_nih, write_openi
from medxai.cohort.image import fit_size, read_labelme
from medxai.cohort.manifest import Manifest, Predictions, read_predictions
from medxai.cohort.split import split_official
from medxai.configs.base import DataConfig
from medxai.configs.arms import EvidenceConfig
from medxai.configs.roi import ComparisonConfig, RarityConfig, ROIConfig
from medxai.core.files import project_path
from medxai.core.run import device_name, load_config, make_config, run_parameters
from medxai.metrics.thresholds import thresholds_of

def one_label(n=2): return Manifest(pd.DataFrame(dict(image=[f'{i}.png' for i in range(n)], Mass=[1, 0][:n])))

FILES = [ # what it said before, file name, its bytes, what is done with it, words of the message (besides the name)
    ("'utf-8' codec can't decode byte 0xff", 'p.yaml', b'data: \xff', lambda p: load_config(DataConfig, p),
     'no text in UTF-8 (byte 6 is 0xff)'),
    ("'utf-8' codec can't decode byte 0xff", 'a.json', b'\xff{}', read_labelme, 'no text in UTF-8 (byte 0 is 0xff)'),
    ('keywords must be strings', 'p.yaml', b'1: 2\n', lambda p: load_config(DataConfig, p),
     'parameters have names, unlike 1: 1'),
    ('', 'p.yaml', b'hello', lambda p: load_config(DataConfig, p), 'one `name: value` a line'),
    ("could not convert string to float: 'high'", 't.csv', b'image,y_A,prob_A\na.png,1,high\n', Predictions.from_csv,
     "row 0 has 'high'"),
    ('', 't.csv', b'image,y_A,prob_A\na.png,1,0,5\n', Predictions.from_csv, 'row 1 has 4 fields, the header 3'),
    ('', 't.csv', b'image,Mass\na.png,1\nb.p', Manifest.from_csv, 'the file was cut off'),
    ('field larger than field limit', 't.csv', b'image,Mass\n"' + b'x'*200_000 + b'",1\n', Manifest.from_csv,
     'longer than 100,000 characters'),
    ('embedded null byte', 't.csv', b'image,Mass\na\0.png,1\n', Manifest.from_csv, 'it holds binary data'),
    ('Excel file format cannot be determined', 't.xlsx', b'image,Mass\na.png,1\n', Manifest.from_csv,
     'it is no Excel file'),
    ('', 't.csv', b'image,Mass\n', Manifest.from_csv, 'has a header and no rows'),
    ('Index contains duplicate entries, cannot reshape', 't.csv', b'image,prob_Mass\n0.png,.2\n0.png,.3\n',
     lambda p: read_predictions(p, one_label()), 'more than once'),
    ('The truth value of a Series is ambiguous', 't.csv', b'image,Mass,Mass\na.png,1,0\n', Manifest.from_csv,
     'columns that occur twice: 1: Mass'),
    ('division by zero', 'a.json', json.dumps(dict(imageHeight=0, imageWidth=9, shapes=[])).encode(), read_labelme,
     '0 rows and 9 columns'),
    ('string indices must be integers', 'a.json', b'{"shapes": ["polygon"], "imageHeight": 9, "imageWidth": 9}',
     read_labelme, 'is not a LabelMe annotation'),
    ("'list' object has no attribute 'get'", 'a.json', b'[]', read_labelme, 'is not a LabelMe annotation'),
    ("'list' object has no attribute 'get'", 'run.json', b'[]', lambda p: run_parameters(p.parent),
     'is not the record of a run'),
    ('Length mismatch: Expected axis has 2 elements', 'BBox_List_2017.csv',
     b'Image Index,Finding Label\na.png,Mass\n', lambda p: load_nih(write_nih(p.parent, **{p.name: p.read_bytes()})),
     'has 2 columns (Image Index, Finding Label); a box is'),
]

@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('before, name, raw, do, words', FILES, ids=[o[0] or o[4] for o in FILES])
def test_files(tmp_path, before, name, raw, do, words):
    path = tmp_path/name
    path.write_bytes(raw)
    with pytest.raises(ValueError) as e: do(path)
    assert name in str(e.value) and words in str(e.value) and not isinstance(e.value, UnicodeError)
    assert not before or before not in str(e.value)

def with_boxes(boxes):
    m = Manifest(pd.DataFrame(dict(image=['a.png'], Mass=[1], boxes=[boxes])))
    return m.boxes(0)

def vision_transformer(): # as torchvision's vit_b_16, which takes one size of images alone
    import torch
    from torchvision.models.vision_transformer import VisionTransformer
    from medxai.models.backbone import Classifier
    body = VisionTransformer(224, 32, 1, 1, 8, 8, num_classes=1)
    return Classifier(body, dict(name='vit_b_16', n_out=1), [.5]*3, [.5]*3, 'none')(torch.zeros(1, 3, 64, 64))

def small_vit(): # timm's
    import timm, torch
    from medxai.models.backbone import Classifier
    body = timm.models.VisionTransformer(img_size=224, patch_size=32, embed_dim=8, depth=1, num_heads=1)
    return Classifier(body, dict(name='vit_tiny', n_out=1), [.5]*3, [.5]*3, 'none')(torch.zeros(1, 3, 64, 64))

def on_a_full_disk(words):
    from safetensors import SafetensorError
    from medxai.models.bundle import whole_file
    with whole_file(Path('last.pt')): raise (SafetensorError if words.startswith('Error') else RuntimeError)(words)

pos = '[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0'
serial = 'Error while serializing: I/O error: No space left on device (os error 28)'
VALUES = [ # what it said before, what is done, words of the message
    ('ROIConfig = ArgsKwargs((), {', lambda: ROIConfig('phantom'),
     "parameters are given by name, ROIConfig(name=value), unlike 'phantom'"),
    ('keywords must be strings', lambda: make_config(ROIConfig, {1: 2}),
     'ROIConfig: parameters have names, unlike 1: 1'),
    ('cannot unpack non-iterable float object', lambda: ROIConfig(size=32.5),
     '`size` = 32.5: input should be a valid integer'),
    ('cannot unpack non-iterable float object', lambda: fit_size((9, 9), 32.5), 'whole number of pixels'),
    ('', lambda: DataConfig(labels='Mass'), 'a list, even of one: `labels: [Mass]`'),
    ('', lambda: ComparisonConfig(seeds=[1, 1]), 'seeds = [1, 1]'),
    ('', lambda: RarityConfig(seeds=[1, 1]), 'seeds = [1, 1]'),
    ('', lambda: EvidenceConfig(seeds=[1, 1]), 'seeds'),
    ("KeyError: 'y'", lambda: Predictions(pd.DataFrame(dict(image=['a'], y=[1.]))),
     'no column logit_<label>; the columns are 2'),
    ("KeyError: 'y'", lambda: Predictions(pd.DataFrame(dict(image=['a'], logit_A=[1.]))), 'no column "y_A"'),
    ("KeyError: 'y'", lambda: with_boxes('[{"label": "Mass", "x": 1, "w": 3, "h": 3}]'),
     'column "boxes" must hold a list such as [{"label": "Mass", "x": 10'),
    ('string indices must be integers', lambda: with_boxes('["Mass"]'), 'row 0 (a.png) has \'["Mass"]\''),
    ("'DataFrame' object has no attribute 'label'", lambda: thresholds_of(pd.DataFrame(dict(a=[1]))),
     'here is no label and no f1, but 1: a'),
    ('', lambda: Manifest(pd.DataFrame(dict(image=['a'], macro=[1]))), 'a label cannot be called 1: macro'),
    ('', lambda: Manifest(pd.DataFrame(dict(image=['a'], M=[1])), labels=['M', 'M']), "labels named twice: ['M', 'M']"),
    ('The truth value of a Series is ambiguous',
     lambda: Manifest(pd.DataFrame([['a', 1, 0]], columns=['image', 'M', 'M']), labels=['M']), 'occur twice: 1: M'),
    ('embedded null byte', lambda: project_path('runs/a\0b'), 'is no path: it holds a zero byte'),
    ('Found no NVIDIA driver on your system', lambda: device_name('cuda:99'), 'device "cuda:99" was asked for'),
    ('not linked with support for mps devices', lambda: device_name('mps:9'), 'device "mps:9" was asked for'),
    ('', lambda: device_name('meta'), 'device "meta" was asked for, and is not here'),
    ("doesn't match model", small_vit, 'vit_tiny does not take images of 64×64 pixels'),
    ('Wrong image height!', vision_transformer, 'vit_b_16 does not take images of 64×64 pixels'),
    (pos, lambda: on_a_full_disk(pos), 'could not write last.pt'),
    (serial, lambda: on_a_full_disk(serial), 'Is the disk full'),
]
quoted = "doesn't match model", 'Wrong image height!' # beside what it means

@pytest.mark.parametrize('before, do, words', VALUES, ids=[o[0] or o[2] for o in VALUES])
def test_values(tmp_path, monkeypatch, before, do, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, OSError)) as e: do()
    assert words in str(e.value)
    assert not before or before in quoted or before not in str(e.value)
    assert not any(o in str(e.value) for o in ('enforce fail', 'unexpected pos', 'serializing', 'os error'))

# any program may have put a file of that name there; one of ours that was changed is named
BESIDE = [b'[]', b'{"a": 1}', b'no JSON', b'\xff\xfe\0', b'"medxai manifest"', b'["medxai ", {"labels": 5}]',
          b'{"kind": "medxai predictions", "labels": 5}', b'']
CHANGED = dict(labels=5, text='image', task=[], root=5, name={}, columns_found=[1])

@pytest.mark.parametrize('raw', BESIDE)
def test_any_json_beside_a_table(tmp_path, raw):
    (tmp_path/'x.csv').write_text('image,patient,Mass\na.png,0012,1\n')
    (tmp_path/'x.json').write_bytes(raw)
    m = Manifest.from_csv(tmp_path/'x.csv')
    assert (m.labels, m.df.patient.tolist()) == (['Mass'], ['0012'])

@pytest.mark.parametrize('name', CHANGED)
def test_what_was_written_beside_a_table_and_changed(tmp_path, name):
    one_label().to_csv(tmp_path/'x.csv')
    side = tmp_path/'x.json'
    side.write_text(json.dumps(json.loads(side.read_text()) | {name: CHANGED[name]}))
    with pytest.raises(ValueError, match=f'x.json, .* was changed: {name} = '): Manifest.from_csv(tmp_path/'x.csv')

def in_any_form(d, path): # as Excel writes it in half of Europe
    path.write_bytes(d.to_csv(index=False, sep=';').encode('utf-16'))
    return path

def test_tables_of_any_form_to_the_studies(tmp_path):
    n, rng = 60, np.random.default_rng(0)
    d = pd.DataFrame(dict(image=[f'{i:04}' for i in range(n)], patient=[f'{i:04}' for i in range(n)],
                          Mass=np.arange(n) % 2))
    said = d[['image']].assign(prob_Mass=[f'{o:.3f}'.replace('.', ',') for o in rng.random(n)])
    m = Manifest.from_csv(in_any_form(d, tmp_path/'m.csv'))
    p = read_predictions(in_any_form(said, tmp_path/'p.csv'), m)
    assert p.df.patient[12] == p.df.image[12] == '0012' and 0 < p.probs.min() < p.probs.max() < 1
    for i in range(2): (tmp_path/f'{i:04}').write_bytes(b'')
    found = Manifest.from_images(in_any_form(d[:2], tmp_path/'i.csv'), ['Mass'])
    assert found.df[['image', 'patient']].to_numpy().tolist() == [['0000']*2, ['0001']*2]

@pytest.mark.parametrize('name', ['all', 'macro', 'micro'])
def test_a_label_is_not_called_like_a_line_of_the_results(name):
    with pytest.raises(ValueError, match=f'a label cannot be called 1: {name}'):
        Manifest(pd.DataFrame({'image': ['a'], name: [1]}))
    with pytest.raises(ValueError, match=f'a label cannot be called 1: {name}'):
        Predictions(pd.DataFrame({'image': ['a'], f'y_{name}': [1], f'logit_{name}': [0.]}))

def test_labels_as_text(): assert Manifest(pd.DataFrame(dict(image=['a'], Mass=[1])), labels='Mass').labels == ['Mass']

def test_lists_of_any_encoding(tmp_path):
    (tmp_path/'test.txt').write_bytes('0.png\n'.encode('utf-16'))
    (tmp_path/'train.txt').write_text('1.png\n')
    m = split_official(one_label(), dict(train=tmp_path/'train.txt', test=tmp_path/'test.txt'))
    assert m.df.split.tolist() == ['test', 'train']

def test_openi_without_a_matching_uid(tmp_path):
    root = write_openi(tmp_path)
    table = next(root.rglob('indiana_projections.csv'))
    d = pd.read_csv(table)
    d.assign(uid=d.uid + 1000).to_csv(table, index=False)
    with pytest.raises(ValueError, match='no uid of indiana_projections.csv .* is one of indiana_reports.csv'):
        load_openi(root, at_least=1)

@pytest.mark.filterwarnings('ignore')
def test_one_bad_annotation_does_not_stop_a_load(tmp_path):
    root = write_btxrd(tmp_path)
    first = sorted(root.rglob('*.json'))[0]
    first.write_text(json.dumps(json.loads(first.read_text()) | dict(imageHeight=0)))
    assert len(load_btxrd(root)) and not load_btxrd(root).annotated()[0]

def test_a_link_to_a_class_is_said(tmp_path):
    from PIL import Image
    (tmp_path/'a').mkdir()
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(tmp_path/'a'/'x.png')
    (tmp_path/'b').symlink_to(tmp_path/'a')
    with pytest.warns(UserWarning, match='links to folders that were read already, left out, 1: b'):
        assert Manifest.from_folder(tmp_path).labels == ['a']

def drawn(n=60):
    from medxai.cohort.split import split_grouped
    from medxai.phantom.chest import phantom_chest
    return split_grouped(phantom_chest(n, size=32), dict(train=.5, valid=.25, test=.25))

def table_of(m, folder, **columns): # a table on disk, its images in memory only: whoever decodes them fails otherwise
    m.with_columns(**columns).to_csv(folder/'t.csv')
    (folder/'t.json').unlink()
    return dict(data='csv', csv=str(folder/'t.csv'), size=32, backbone='test_resnet', pretrained=False)

def test_a_map_of_too_many_cells_is_said_before_images_are_read(tmp_path):
    from medxai.roi_consistency import roi_images, roi_train
    given = table_of(drawn(), tmp_path)
    for do in (lambda c: roi_images(c, tmp_path/'run'), lambda c: roi_train(c, drawn(), tmp_path/'run')):
        with pytest.raises(ValueError, match='no feature map of test_resnet has 99 × 99 places'):
            do(ROIConfig(cells=99, recipe='plain', **given))
    assert not (tmp_path/'run').exists()

def test_a_network_without_a_map_is_said_before_images_are_read(tmp_path):
    from medxai.configs.failure import FailureConfig
    from medxai.failure_analysis import failure_images
    given = table_of(drawn(), tmp_path) | dict(backbone='test_vit')
    with pytest.raises(ValueError, match='test_vit'): failure_images(FailureConfig(**given), tmp_path/'run')
    assert not (tmp_path/'run').exists()

def test_unknown_slices_are_said_before_images_are_read(tmp_path):
    from medxai.configs.failure import FailureConfig
    from medxai.failure_analysis import failure_data
    cfg = FailureConfig(slices=['site', 'vieuw'], **table_of(drawn(), tmp_path))
    with pytest.raises(ValueError, match='slices: no column 1: vieuw; is it "view"?'):
        failure_data(cfg, tmp_path/'store')
    assert not (tmp_path/'store').exists()

@pytest.mark.parametrize('split, words', [('valid', "split 'valid' cannot judge a model"),
                                          ('test', "split 'test' cannot judge a model")])
def test_no_positive_is_said_before_images_are_read(tmp_path, split, words):
    from medxai.data import prepare_data
    m = drawn()
    given = {l: m.df[l].where(m.df['split'] != split, 0) for l in m.labels}
    with pytest.raises(ValueError, match=words):
        prepare_data(ROIConfig(**table_of(m, tmp_path, **given)), tmp_path/'store')
    assert not (tmp_path/'store').exists()

def test_one_test_patient_is_said_before_images_are_read(tmp_path):
    from medxai.data import prepare_data
    m = drawn()
    one = m.df.patient.where(m.df['split'] != 'test', 'only')
    with pytest.raises(ValueError, match="split 'test' has one patient only"):
        prepare_data(ROIConfig(**table_of(m, tmp_path, patient=one)), tmp_path/'store')

def test_parameters_are_checked_before_a_kernel_starts(tmp_path):
    from medxai.core.execute import run_study
    with pytest.raises(ValueError, match='`epoch` is not a parameter; is it "epochs"?'):
        run_study('nbs/03_failure_analysis.ipynb', tmp_path/'run', dict(epoch=3), progress=False)
    assert not (tmp_path/'run').exists()
