"""Mutated image and DICOM files through `read_image`: python bench/fuzz_images.py [seconds] [--seed 0] [--keep]

Every file is read as (H, W) float32 in [0, 1], or refused by an ImageError that names it; anything else is counted as
foreign, and the script ends with its number."""
import io, tempfile
from pathlib import Path
import numpy as np
from PIL import Image
from fuzz_counts import fuzz
from medxai.cohort.image import ImageError, image_info, read_image

def dicom(rng):
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = '1.2', '1.3'
    ds = FileDataset('x', {}, file_meta=meta, preamble=b'\0'*128)
    ds.Rows, ds.Columns, ds.SamplesPerPixel = 12, 9, 1
    ds.PhotometricInterpretation = rng.choice(['MONOCHROME1', 'MONOCHROME2'])
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleSlope = rng.choice(['1', '0', '-1', '1e300', '1e-300'])
    ds.RescaleIntercept = rng.choice(['0', '-1024', '1e300'])
    ds.PixelData = np.random.default_rng(0).integers(0, 4096, (12, 9)).astype('<u2').tobytes()
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue(), '.dcm'

def picture(rng):
    kind, mode = rng.choice(['PNG', 'JPEG', 'TIFF', 'BMP', 'WEBP']), rng.choice(['L', 'RGB'])
    a = np.random.default_rng(rng.randrange(9)).integers(0, 256, (12, 9) + ((3,) if mode == 'RGB' else ())).astype('u1')
    out, extra = io.BytesIO(), dict(tiffinfo={274: rng.randint(1, 8)}) if kind == 'TIFF' else {}
    Image.fromarray(a).save(out, kind, **extra)
    return out.getvalue(), rng.choice(['.' + kind.lower(), '.png'])

def mutated(rng):
    raw, ending = dicom(rng) if rng.random() < .3 else picture(rng)
    raw = bytearray(raw)
    for _ in range(rng.choice([0, 1, 2, 8, 40])): raw[rng.randrange(len(raw))] = rng.randrange(256)
    return bytes(raw[:rng.randrange(len(raw))] if rng.random() < .2 else raw), ending

def attempt(rng, seen):
    raw, ending = mutated(rng)
    path = FOLDER/f'x{ending}'
    path.write_bytes(raw)
    for f in (read_image, image_info):
        try: x = f(path)
        except ImageError as e: seen['refused' if str(path) in str(e) else 'nameless'] += 1
        except Exception as e:
            seen['foreign'] += 1
            return f'{f.__name__}: {type(e).__name__}: {str(e)[:200]} {raw[:80]!r}'
        else:
            good = f is image_info or x.ndim == 2 and x.dtype == np.float32 and 0 <= x.min() and x.max() <= 1
            seen['read' if good else 'wrong values'] += 1

if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as there:
        FOLDER = Path(there)
        fuzz('images and DICOM files', attempt, __doc__)
