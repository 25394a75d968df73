"""Mutated images, DICOM files and annotations: python bench/fuzz_images.py [seconds] [--seed 0] [--keep]

Every image or mask is read as (H, W) float32 in [0, 1], or refused by an ImageError that names it; LabelMe files and
boxes give outlines inside the picture, or a ValueError that names file or row. Anything else is counted as foreign, and
the script ends with its number."""
import io, json, re, struct, tempfile, time
from pathlib import Path
import numpy as np, pandas as pd
from PIL import Image
from fuzz_counts import fuzz
from medxai.cohort.image import (ImageError, image_info, labelme_boxes, labelme_mask, read_image, read_labelme,
                                 read_mask_file)
from medxai.cohort.manifest import Manifest

def dicom(rng):
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = rng.choice([ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit,
                                         RLELossless])
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = '1.2', '1.3'
    ds = FileDataset('x', {}, file_meta=meta, preamble=b'\0'*128)
    ds.Rows, ds.Columns, ds.SamplesPerPixel = 12, 9, 1
    ds.PhotometricInterpretation = rng.choice(['MONOCHROME1', 'MONOCHROME2'])
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleSlope = rng.choice(['1', '0', '-1', '1e300', '1e-300', '-77777'])
    ds.RescaleIntercept = rng.choice(['0', '-1024', '1e300', '-77777'])
    ds.PixelData = np.random.default_rng(0).integers(0, 4096, (12, 9)).astype('<u2').tobytes()
    if rng.random() < .2: ds.VOILUTSequence = [table(rng)]
    if rng.random() < .1: ds.ReferencedImageSequence = [Dataset()]*60_000 # empty items
    if meta.TransferSyntaxUID == JPEGBaseline8Bit: # of which some are not the size that is declared
        data, ds.BitsAllocated, ds.BitsStored, ds.HighBit = io.BytesIO(), 8, 8, 7
        Image.fromarray(np.zeros(rng.choice([(12, 9), (9, 12), (900, 900)]), np.uint8)).save(data, 'JPEG')
        ds.PixelData = encapsulate([data.getvalue()])
    if meta.TransferSyntaxUID == RLELossless: # two segments of 108 bytes, of which some are longer, or nowhere
        ends = [b'\x95\x07'*rng.choice([1, 1, 1, 2, 100_000]), b'\x95\x01'*rng.choice([1, 1, 1, 0, 9])]
        starts = [2, 64, 64 + len(ends[0])] if rng.random() < .9 else [rng.randrange(16) for _ in range(3)]
        ds.PixelData = encapsulate([struct.pack('<16L', *starts, *[0]*13) + b''.join(ends)])
    if meta.TransferSyntaxUID.is_compressed:
        ds['PixelData'].VR, ds['PixelData'].is_undefined_length = 'OB', True
    out = io.BytesIO()
    ds.save_as(out)
    # numbers that pydicom would not write
    odd = rng.choice([b'-77777', b'x     ', b'      ', b'1\\2   ', b'0     ', b'1e306 ', b'inf   ', b'nan   '])
    return out.getvalue().replace(b'-77777', odd), '.dcm'

def table(rng):
    from pydicom.dataset import Dataset
    item = Dataset()
    item.LUTDescriptor = rng.choice([[4096, 0, 12], [0, 0, 16], [4096, 65535, 0], [4096, 0]])
    item.LUTData = np.arange(rng.choice([4096, 1, 0])).astype('<u2').tobytes()
    item['LUTData'].VR = 'OW'
    return item

def picture(rng):
    kind, mode = rng.choice(['PNG', 'JPEG', 'TIFF', 'BMP', 'WEBP']), rng.choice(['L', 'RGB', 'LA'])
    if mode == 'LA' and kind in ('JPEG', 'BMP'): mode = 'L'
    channels = dict(L=(), LA=(2,), RGB=(3,))[mode]
    a = np.random.default_rng(rng.randrange(9)).integers(0, 256, (12, 9) + channels).astype('u1')
    out, extra = io.BytesIO(), dict(tiffinfo={274: rng.randint(1, 8)}) if kind == 'TIFF' else {}
    Image.fromarray(a).save(out, kind, **extra)
    return out.getvalue(), rng.choice(['.' + kind.lower(), '.png'])

SHAPES = json.dumps(dict(imageHeight=12, imageWidth=9, shapes=[
    dict(label='a', shape_type='rectangle', points=[[1, 2], [5, 6]]),
    dict(label='a', shape_type='polygon', points=[[1, 2], [5, 6], [7.5, 1]])]))
BOXES = json.dumps([dict(label='a', x=1, y=2, w=4, h=3), dict(label='b', x=2.5, y=1, w=1, h=0)])
ODD = ('null', 'NaN', 'Infinity', '-1', '0', '-0.5', '1e308', '1e30', '9'*400, '9'*5000, '"1"', '[]', '[[]]', '[1, 2]',
       '{}', 'true', '['*9999, r'"\ud800"', '')

def swapped(rng, text):
    "JSON of which some values are others"
    parts = re.split(r'(-?[\d.]+|"[a-z]*"(?!:)|\[\[.*?\]\])', text)
    for _ in range(rng.choice([0, 1, 1, 2])): parts[rng.randrange(1, len(parts), 2)] = rng.choice(ODD)
    return ''.join(parts)

def annotation(rng, seen):
    path = FOLDER/'x.json'
    text = swapped(rng, SHAPES)
    path.write_text(text)
    def outlines():
        ann = read_labelme(path)
        return labelme_mask(ann, (12, 9)), labelme_boxes(ann, (12, 9))
    return judged(outlines, str(path), text, seen)

def boxes(rng, seen):
    text = swapped(rng, BOXES)
    m = Manifest(pd.DataFrame(dict(image=['x.png'], a=[1], boxes=[text])), root=FOLDER, labels=['a'])
    Image.fromarray(np.zeros((12, 9), np.uint8)).save(FOLDER/'x.png')
    def outlines():
        found = m.boxes(0, 'a')
        return m.read_mask(0, 'a') if found else np.zeros((12, 9)), found
    return judged(outlines, 'row 0', text, seen)

def judged(outlines, name, text, seen):
    try: mask, found = outlines()
    except ValueError as e: seen['refused' if name in str(e) else 'nameless'] += 1
    except Exception as e:
        seen['foreign'] += 1
        return f'{type(e).__name__}: {str(e)[:200]} {text[:300]!r}'
    else:
        good = mask.shape == (12, 9) and np.isin(mask, (0, 1)).all() and all(b['w'] >= 0 and b['h'] >= 0 for b in found)
        seen['read' if good else 'wrong values'] += 1

def mutated(rng):
    raw, ending = dicom(rng) if rng.random() < .3 else picture(rng)
    raw = bytearray(raw)
    for _ in range(rng.choice([0, 1, 2, 8, 40])): raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw[:rng.randrange(len(raw))] if rng.random() < .2 else raw), ending

def mask(path): return read_mask_file(path, (12, 9))

def attempt(rng, seen):
    if (what := rng.random()) < .3: return (annotation if what < .2 else boxes)(rng, seen)
    raw, ending = mutated(rng)
    path = FOLDER/f'x{ending}'
    path.write_bytes(raw)
    for f in (read_image, image_info, mask):
        start = time.monotonic()
        try: x = f(path)
        except ImageError as e: seen['refused' if str(path) in str(e) else 'nameless'] += 1
        except Exception as e:
            seen['foreign'] += 1
            return f'{f.__name__}: {type(e).__name__}: {str(e)[:200]} {raw[:80]!r}'
        else:
            good = f is image_info or x.ndim == 2 and x.dtype == np.float32 and 0 <= x.min() and x.max() <= 1
            seen['read' if good else 'wrong values'] += 1
        if time.monotonic() - start > 10:
            seen['foreign'] += 1
            return f'{f.__name__}: {time.monotonic() - start:.0f} seconds for {len(raw)} bytes {raw[:80]!r}'

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as there:
        FOLDER = Path(there)
        fuzz('images and DICOM files', attempt, __doc__)
