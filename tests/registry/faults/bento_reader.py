"""Lists the BentoML store again and again, and reads every model as soon as it is there.

When its input ends it reads a last time, and prints as JSON how often it read, what it ever found
wrong, and which version it found to be the latest of each model.
"""

import json
import sys
from pathlib import Path
from threading import Thread

import bentoml

from recommender import artifact

ended = []
Thread(target=lambda: ended.append(sys.stdin.read()), daemon=True).start()
reads, wrong, latest, whole = 0, [], {}, set()
print("ready", flush=True)
while not ended or not reads:
    last = bool(ended)
    try:
        for model in bentoml.models.list():
            reads += 1
            latest[model.tag.name] = bentoml.models.get(model.tag.name).tag.version
            if model.tag in whole:
                continue
            if model.info.labels["digest"] != artifact.verify(Path(model.path))[1]:
                wrong.append(f"{model.tag} is not what its label says")
            whole.add(model.tag)
    except Exception as error:  # noqa: BLE001 - whatever it is, a reader ought not to see it
        if "models'" not in str(error):  # nothing was ever kept there
            wrong.append(f"{type(error).__name__}: {error}")
    if last:
        break
print(json.dumps({"reads": reads, "wrong": wrong, "latest": latest}))
