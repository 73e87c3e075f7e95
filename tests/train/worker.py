"""One process of a run under torchrun, for test_distributed: SETTINGS DATA TOKENIZER OUT [DIE_AT].

After the run it writes what the collectives of Muon's step were, for the test to look at.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch.distributed as dist
from torch.distributed.tensor.debug import CommDebugMode

from factory.train.optim.muon_clip import MuonClip
from factory.train.run import pretrain
from factory.train.settings import PretrainSettings


def main() -> None:
    settings, data, tokenizer, out, *rest = sys.argv[1:]
    dist.init_process_group("gloo")
    die_at = int(rest[0]) if rest else None
    seen = []
    plain_step = MuonClip.step

    def watched(self, *args, **keywords):
        if seen:
            return plain_step(self, *args, **keywords)
        with CommDebugMode() as collectives:
            done = plain_step(self, *args, **keywords)
        names = {str(name): count for name, count in collectives.get_comm_counts().items()}
        matrices = sum(p.ndim == 2 for g in self.param_groups for p in g["params"])
        stacks = [p for g in self.param_groups for p in g["params"] if p.ndim == 3]
        seen.append({"collectives": names, "matrices": matrices, "stacks": len(stacks)})
        seen[0]["local_experts"] = [len(p.to_local()) for p in stacks]
        return done

    MuonClip.step = watched

    steps = 0
    plain_train_step = pretrain.__globals__["Trainer"].train_step

    def counted(self):
        nonlocal steps
        metrics = plain_train_step(self)
        if die_at is not None and self.step == die_at:
            self.checkpointer.wait()
            dist.barrier()
            raise SystemExit(7)
        return metrics

    pretrain.__globals__["Trainer"].train_step = counted
    config = PretrainSettings.model_validate_json(settings)
    pretrain(config, [Path(data)], Path(out), tokenizer=Path(tokenizer))
    if dist.get_rank() == 0:
        (Path(out) / "muon.json").write_text(json.dumps(seen))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
