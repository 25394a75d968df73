"JupyterLab's settings for `make lab`: what is saved is clean, so that `git diff` shows what a person changed."
from nbdev.clean import clean_jupyter

WIDGET = 'application/vnd.jupyter.widget-view+json'

def clean(path, model, **kwargs):
    "nbdev's hook, and no widgets: a saved slider is dead, and its identity differs each time"
    clean_jupyter(path=path, model=model, **kwargs)
    if model['type'] != 'notebook': return
    model['content']['metadata'].pop('widgets', None)
    for c in model['content']['cells']:
        if any(WIDGET in o.get('data', {}) for o in c.get('outputs', [])): c['outputs'] = []

if 'get_config' in globals():
    c = get_config() # noqa: F821, given by Jupyter
    c.FileContentsManager.pre_save_hook = clean
    c.LabApp.news_url = None # no news and no updates are looked for elsewhere
    c.LabApp.check_for_updates_class = 'jupyterlab.NeverCheckForUpdate'
