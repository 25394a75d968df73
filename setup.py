"Package metadata lives in settings.ini (nbdev 2); this file only hands it to setuptools."
import shutil
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

here = Path(__file__).parent
parser = ConfigParser(delimiters=['='])
parser.read(here/'settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']
offline, app, lab, fast, dev = (cfg[f'{k}_requirements'].split() for k in ('offline', 'app', 'lab', 'fast', 'dev'))

class WithNotebooks(build_py):
    "The wheel also holds the studies' notebooks and files of parameters, for `medxai.notebooks`; git holds them once"
    def run(self):
        super().run()
        if getattr(self, 'editable_mode', False): return
        for pattern in 'nbs/[0-9]*.ipynb', 'nbs/experiments/*.ipynb', 'runs/*.yaml', 'runs/results/*.csv':
            for path in here.glob(pattern):
                to = Path(self.build_lib)/'medxai'/'_notebooks'/path.relative_to(here)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)

setup(
    cmdclass=dict(build_py=WithNotebooks),
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'],
    long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'],
    keywords=cfg['keywords'], python_requires=f'>={cfg["min_python"]}',
    packages=find_packages(include=['medxai', 'medxai.*']), include_package_data=True,
    install_requires=cfg['requirements'].split(),
    entry_points=dict(console_scripts=['medxai=medxai.cli:main']),
    extras_require=dict(offline=offline, app=app, lab=lab, fast=fast, dev=offline + app + lab + fast + dev),
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Science/Research',
                 'Topic :: Scientific/Engineering :: Medical Science Apps.', 'Natural Language :: English',
                 *(f'Programming Language :: Python :: 3.{v}' for v in (11, 12, 13))],
    zip_safe=False,
)
