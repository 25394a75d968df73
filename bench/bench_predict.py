"""Batch prediction on a CPU: our folded copy, torch.compile, OpenVINO and ONNX Runtime beside eager PyTorch, one
thread, interleaved. Ratios of processor time, and the largest difference of a probability. What is not installed is
left out:
pip install openvino onnxruntime onnx onnxscript"""
import importlib.util, sys, time
import torch
from medxai import create_model, FastModel

SIZE, BATCH, ROUNDS = 224, 16, 5

def compiled(model, x):
    fast = torch.compile(model)
    fast(x) # compiles
    return lambda x: fast(x)

def openvino(model, x):
    import openvino as ov
    net = ov.compile_model(ov.convert_model(model, example_input=x), 'CPU', dict(
        INFERENCE_NUM_THREADS=1, PERFORMANCE_HINT='LATENCY', INFERENCE_PRECISION_HINT='f32'))
    return lambda x: torch.from_numpy(net(x.numpy())[0])

def onnx(model, x):
    import io, onnxruntime
    file, options = io.BytesIO(), onnxruntime.SessionOptions()
    torch.onnx.export(model, (x,), file, dynamo=False)
    options.intra_op_num_threads = 1
    net = onnxruntime.InferenceSession(file.getvalue(), options, providers=['CPUExecutionProvider'])
    name = net.get_inputs()[0].name
    return lambda x: torch.from_numpy(net.run(None, {name: x.numpy()})[0])

def seconds(f, x):
    t = time.process_time()
    f(x)
    return time.process_time() - t

def main(backbone):
    x = torch.rand(BATCH, 1, SIZE, SIZE)
    tries = {'eager': same_model(backbone),
             'eager, channels last': same_model(backbone).to(memory_format=torch.channels_last),
             'folded': FastModel(same_model(backbone))}
    for name, make, needs in (('torch.compile', compiled, 'torch'), ('OpenVINO', openvino, 'openvino'),
                              ('ONNX Runtime', onnx, 'onnxruntime')):
        if not importlib.util.find_spec(needs): continue
        try: tries[name] = make(same_model(backbone), x)
        except Exception as e: print(f'  {name}: {type(e).__name__}: {str(e).splitlines()[0][:100]}')
    with torch.inference_mode():
        right = torch.sigmoid(tries['eager'](x))
        took = [{k: seconds(f, x) for k, f in tries.items()} for _ in range(ROUNDS)]
        for k, f in tries.items():
            least = min(o[k] for o in took)
            gap = (torch.sigmoid(f(x)) - right).abs().max()
            print(f'  {k:22} {least/BATCH*1e3:7.1f} ms an image, {min(o["eager"] for o in took)/least:5.2f} x eager, '
                  f'probabilities differ by {gap:.1e}')

def same_model(backbone): # the same random weights each time
    torch.manual_seed(0)
    return create_model(backbone, 14, pretrained=False).eval()

if __name__ == '__main__':
    torch.set_num_threads(1)
    for backbone in sys.argv[1:] or ['tf_efficientnet_lite0', 'densenet121']:
        print(backbone)
        with torch.no_grad(): main(backbone)
