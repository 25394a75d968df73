"""Memory of reading the largest files that are allowed: python bench/check_memory.py [megapixels]

Each file is read in a process of its own. The ceiling of medxai.cohort.image is 1 GB above the picture as an array of
floats; the table says what each kind takes, and the script fails where one takes more. The files are large: 2 GB of
space in the temporary folder and about two minutes."""
import multiprocessing, resource, sys, tempfile, time, zlib
from pathlib import Path
import numpy as np
from PIL import Image

CEILING = 1.

def pattern(h, w, dtype, top):
    "Something that compresses, and is not empty"
    row = (np.arange(w) % 251/251*top).astype(dtype)
    return np.broadcast_to(row, (h, w)).copy()

def dicom(path, a, deflated=False, kind='MONOCHROME2', window=False, slope='1', table=False):
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian if deflated else ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = '1.2', '1.3'
    ds = FileDataset('x', {}, file_meta=meta, preamble=b'\0'*128)
    ds.Rows, ds.Columns = a.shape[:2]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = (3, 'RGB') if a.ndim == 3 else (1, kind)
    if a.ndim == 3: ds.PlanarConfiguration = 0
    bits = 8*a.itemsize
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit, ds.PixelRepresentation, ds.RescaleSlope, ds.RescaleIntercept = bits - 1, 0, slope, '-1024'
    if window: ds.WindowCenter, ds.WindowWidth = '20000', '30000'
    if table:
        item = Dataset()
        item.LUTDescriptor, item.LUTData = [4096, 0, 16], (np.arange(4096)*16).astype('<u2').tobytes()
        item['LUTData'].VR = 'OW'
        ds.VOILUTSequence = [item]
    ds.PixelData = a.tobytes()
    ds['PixelData'].VR = 'OW' if bits == 16 else 'OB'
    ds.save_as(path)

def bomb(path):
    "A small file that is deflated as a whole and would become 3 GB"
    dicom(path, np.zeros((8, 8), np.uint16), deflated=True)
    raw = path.read_bytes()
    syntax = b'1.2.840.10008.1.2.1.99' # what follows it is deflated
    start = raw.index(syntax) + len(syntax)
    body = zlib.decompressobj(-15).decompress(raw[start:])
    pack = zlib.compressobj(9, wbits=-15)
    path.write_bytes(raw[:start] + pack.compress(body) + b''.join(pack.compress(bytes(10**8)) for _ in range(30))
                     + pack.flush())

def files(d, side):
    h = w = side
    grey, deep = pattern(h, w, np.uint8, 255), pattern(h, w, np.uint16, 65535)
    colour = lambda: Image.fromarray(np.repeat(grey[..., None], 3, 2))
    quick = dict(compress_level=1)
    yield 'grey.png', lambda p: Image.fromarray(grey).save(p, **quick)
    yield 'grey16.png', lambda p: Image.fromarray(deep).save(p, **quick)
    yield 'rgb.png', lambda p: colour().save(p, **quick)
    yield 'rgba.png', lambda p: colour().convert('RGBA').save(p, **quick)
    yield 'palette.png', lambda p: Image.fromarray(grey).convert('P').save(p, transparency=3, **quick)
    yield 'rgb.jpg', lambda p: colour().save(p)
    yield 'turned.jpg', lambda p: colour().save(p, exif=_turned())
    yield 'grey16.tif', lambda p: Image.fromarray(deep).save(p)
    yield 'turned16.tif', lambda p: Image.fromarray(deep).save(p, tiffinfo={274: 6})
    yield 'floats.tif', lambda p: Image.fromarray(grey.astype(np.float32)/255).save(p)
    yield 'rgb.webp', lambda p: colour().save(p, quality=20, method=0)
    yield 'progressive.jpg', lambda p: colour().save(p, progressive=True, subsampling=0)
    yield 'rgb.bmp', lambda p: colour().save(p)
    yield 'plain.dcm', lambda p: dicom(p, deep)
    yield 'slope.dcm', lambda p: dicom(p, deep, slope='1.5', kind='MONOCHROME1')
    yield 'window.dcm', lambda p: dicom(p, deep, window=True, kind='MONOCHROME1')
    yield 'table.dcm', lambda p: dicom(p, deep, table=True)
    yield 'rgb.dcm', lambda p: dicom(p, np.repeat(grey[..., None], 3, 2))
    yield 'deflated.dcm', lambda p: dicom(p, deep, deflated=True)
    yield 'bomb.dcm', bomb

def _turned():
    exif = Image.Exif()
    exif[274] = 6
    return exif

def now(): return int(Path('/proc/self/statm').read_text().split()[1])*resource.getpagesize()/1e9

def read(path, what, queue):
    import pydicom, pydicom.pixels # noqa: F401 -- what is imported is not counted
    from medxai.cohort.image import ImageError, read_image
    before, start = now(), time.process_time()
    try: own = read_image(path, *what).nbytes
    except ImageError as e: own = f'refused: {str(e)[-90:]}'
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1e6 # kB
    queue.put((own, peak - before, time.process_time() - start))

def make(path, name, side): dict(files(path.parent, side))[name](path)

def main(megapixels=100):
    side, context, worst = int((megapixels*1e6)**.5), multiprocessing.get_context('spawn'), 0
    with tempfile.TemporaryDirectory() as d:
        for name, _ in files(Path(d), 8):
            path = Path(d)/name
            maker = context.Process(target=make, args=(path, name, side))
            maker.start()
            maker.join()
            for what in ((), (512,)):
                queue = context.Queue()
                p = context.Process(target=read, args=(path, what, queue))
                p.start()
                own, peak, seconds = queue.get()
                p.join()
                floats = 0 if isinstance(own, str) else megapixels*4e6/1e9 # the whole picture, whatever comes out
                worst = max(worst, peak - floats)
                print(f'{name:13} {path.stat().st_size/1e6:7.1f} MB  size={what or None!s:7} peak {peak:5.2f} GB, '
                      f'above the floats {peak - floats:5.2f} GB, {seconds:4.1f} s {own if floats == 0 else ""}',
                      flush=True)
            path.unlink()
    print(f'worst: {worst:.2f} GB above the floats; ceiling {CEILING}')
    return worst <= CEILING

if __name__ == '__main__': sys.exit(not main(*map(float, sys.argv[1:])))
