# Everything a newcomer needs: `make help`.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
STAMP   = $(VENV)/.installed
DEMO   ?= reports/demo
STUDY  ?= roi_consistency
RUN    ?= runs/btxrd_sample.yaml
PORT   ?= 8501
BTXRD_STAGES = download audit split train evaluate explain infer report

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export NO_ALBUMENTATIONS_UPDATE = 1

.DEFAULT_GOAL := help
.PHONY: help install demo audit-demo app sample btxrd btxrd-all $(BTXRD_STAGES:%=btxrd-%) test check lab docs site site-serve readme export clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(STAMP) ## a virtual environment in .venv with the pinned packages

$(STAMP): settings.ini setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "medxai needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing the pinned packages into $(VENV), once (about 6 GB, a few minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install -q --upgrade pip setuptools wheel -c constraints.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP) ## train, predict, explain and report on phantom radiographs, in minutes
	@$(BIN)/python -c 'import sys; from medxai.core.execute import run_study as run; run(*sys.argv[1:])' \
		nbs/01_roi_consistency.ipynb $(DEMO) runs/roi_consistency_demo.yaml

audit-demo: $(STAMP) ## audit predictions for phantom radiographs, with two planted faults: findings by severity
	@$(BIN)/python -c 'from medxai.audit import audit_run; from medxai.configs.audit import AuditConfig; \
		found = audit_run(AuditConfig(), "reports/audit_demo"); \
		print(*(o["severity"] + ": " + o["statement"] for o in found.findings), sep="\n"); \
		print("reports/audit_demo/report.html says more. For research only, never for clinical use.")'

sample: $(STAMP) ## a study on real radiographs: make sample DATA=/path/to/nih [STUDY=roi_consistency]
	@test -n "$(DATA)" || { echo "say where NIH ChestX-ray14 lies: make sample DATA=/path/to/nih [STUDY=failure_analysis]"; exit 1; }
	@$(BIN)/python -c 'import sys, yaml; from medxai.core.execute import run_study as run; \
		run(*sys.argv[1:3], yaml.safe_load(open(sys.argv[3])) | dict(root=sys.argv[4]))' \
		$(wildcard nbs/*_$(STUDY).ipynb) reports/$(STUDY)_sample runs/$(STUDY)_sample.yaml $(abspath $(DATA))

btxrd: btxrd-all ## study 2: make btxrd DATA=/path/to/BTXRD [RUN=runs/btxrd_full.yaml]; one stage: make btxrd-train DATA=...; own images: make btxrd-infer IMAGES=...

btxrd-all $(BTXRD_STAGES:%=btxrd-%): btxrd-%: $(STAMP)
	@test -n "$(DATA)" -o $* = infer || { echo "say where BTXRD lies, or is to be: make $@ DATA=/path/to/BTXRD [RUN=runs/btxrd_full.yaml]"; exit 1; }
	@$(BIN)/python -c 'import sys, yaml; from medxai.btxrd import btxrd_stage as run; \
		stage, at, data, images = sys.argv[1:]; \
		sys.exit(run(stage, yaml.safe_load(open(at)) | (dict(root=data) if data else {}), images or None))' \
		$* $(RUN) "$(abspath $(DATA))" "$(abspath $(IMAGES))"

test: $(STAMP) ## every example in every notebook, and the checks of the repository
	@$(BIN)/python -m pytest

check: $(STAMP) ## one notebook: make check FILE=nbs/core/files.ipynb
	@test -f "$(FILE)" || { echo "say which notebook: make check FILE=nbs/core/files.ipynb"; exit 1; }
	@MPLBACKEND=agg $(BIN)/nbdev_test --path $(FILE) --n_workers 0 --do_print

app: $(STAMP) ## the app in a browser: phantoms, or own radiographs, and a model [PORT=8501]
	@$(BIN)/python -c 'from medxai.app import launch_app; launch_app($(PORT))'

lab: $(STAMP) ## JupyterLab on the notebooks
	@cd nbs && JUPYTER_CONFIG_PATH=../tests $(abspath $(BIN))/jupyter lab --config ../tests/lab_config.py $(LAB_ARGS)

docs: $(STAMP) ## the site, into _docs
	@command -v quarto >/dev/null || { echo "Quarto builds the site and is not installed: see https://quarto.org/docs/get-started/ (or let the GitHub workflow 'deploy' build it)"; exit 1; }
	@PATH="$(CURDIR)/$(BIN):$$PATH" nbdev_docs

site: $(STAMP) ## the site for checking, without Quarto and without a network, into _site
	@$(BIN)/python tests/site_build.py

site-serve: site
	@$(BIN)/python -m http.server -b 127.0.0.1 -d _site $(PORT)

readme: $(STAMP) ## README.md from index.ipynb
	@$(BIN)/python tests/readme.py

export: $(STAMP) ## the package from the notebooks, and the notebooks without noise
	@PATH="$(CURDIR)/$(BIN):$$PATH"; nbdev_export && nbdev_clean

clean: ## remove results and caches; keeps .venv
	rm -rf reports _docs _site _proc build dist .pytest_cache
