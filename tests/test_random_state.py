"""Whoever calls a function that seeds has the random numbers of before, and a model is what it was at that seed"""
import random
import numpy as np, pytest, torch
from medxai.stages.bone_train import backbone_features, evidence_network, usual_network
from medxai.cohort.split import split_grouped
from medxai.configs.btxrd import BTXRDConfig
from medxai.configs.pretrain import PretrainConfig
from medxai.configs.roi import ROIConfig
from medxai.models.backbone import create_model
from medxai.models.counterexamples import find_counterexamples
from medxai.models.learner import rng_state
from medxai.models.pretrain import pretrain_encoder
from medxai.phantom.bone import phantom_bone
from medxai.phantom.chest import phantom_chest
from medxai.roi_consistency import roi_train

small = dict(size=32, epochs=1, batch_size=16, pretrained=False, device='cpu', seed=3)
chest = lambda: split_grouped(phantom_chest(60, size=32), dict(train=.5, valid=.25, test=.25))
bone = lambda: split_grouped(phantom_bone(60, size=64), dict(train=.5, valid=.25, test=.25))
roi = ROIConfig(**small, backbone='test_resnet', recipe='plain')
btxrd = BTXRDConfig(**small, backbone='test_resnet')
one_output = lambda n: create_model('test_resnet', n, pretrained=False)

CALLS = [
    lambda d: roi_train(roi, chest(), d, False),
    lambda d: find_counterexamples(chest(), 'Effusion', one_output, roi, d, False),
    lambda d: pretrain_encoder(chest(), PretrainConfig(**small | dict(encoder='tu-test_efficientnet',
                                                                      decoder=[16, 16, 12, 8, 8])), d, False),
    lambda d: usual_network(btxrd, bone()),
    lambda d: evidence_network(btxrd, bone()),
    lambda d: backbone_features(btxrd, bone(), d, False),
]

@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('call', CALLS, ids=['roi', 'counterexamples', 'pretrain', 'usual', 'evidence', 'features'])
def test_random_numbers_are_as_before(call, tmp_path):
    random.seed(5)
    np.random.seed(6)
    torch.manual_seed(7)
    before = rng_state()
    call(tmp_path)
    after = rng_state()
    assert before['python'] == after['python'] and torch.equal(before['torch'], after['torch'])
    assert torch.equal(before['numpy'][1], after['numpy'][1])

def test_the_network_is_that_of_its_seed():
    model, _ = usual_network(btxrd, m := bone())
    torch.manual_seed(3)
    same = create_model('test_resnet', len(m.labels), False)
    assert all(torch.equal(v, same.state_dict()[k]) for k, v in model.state_dict().items())
