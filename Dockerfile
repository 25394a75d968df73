# docker build -t medxai . && docker run --rm -it -p 8888:8888 -v "$PWD/reports:/medxai/reports" medxai
# On an NVIDIA GPU: docker run --gpus all ...   Real data: -v /path/to/data:/data -e MEDXAI_DATA=/data
FROM python:3.12-slim

RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home medxai && mkdir /medxai && chown medxai /medxai
USER medxai
WORKDIR /medxai

# the pinned packages first: they change less often than the notebooks
COPY --chown=medxai settings.ini setup.py pyproject.toml constraints.txt README.md LICENSE Makefile ./
COPY --chown=medxai medxai medxai
RUN make install
COPY --chown=medxai . .

EXPOSE 8888
CMD ["make", "lab", "LAB_ARGS=--ip=0.0.0.0 --no-browser"]
