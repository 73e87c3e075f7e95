"""One process of a run under torchrun, for test_distributed: SETTINGS DATA TOKENIZER OUT [DIE_AT].

After the run it writes what the collectives of a step's forward and backward passes and of Muon's
update were, for the test to look at.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest.mock import patch

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
        shapes = {tuple(p.shape) for g in self.param_groups for p in g["params"] if p.ndim == 2}
        stacks = [p for g in self.param_groups for p in g["params"] if p.ndim == 3]
        seen.append({"collectives": names, "shapes": len(shapes), "stacks": len(stacks)})
        seen[0]["local_experts"] = [len(p.to_local()) for p in stacks]
        return done

    MuonClip.step = watched

    steps = 0
    trainer_type = pretrain.__globals__["Trainer"]
    plain_train_step = trainer_type.train_step
    plain_forward_backward = trainer_type._forward_backward
    dispatched = []

    def listened(self, rows, labels):
        if dispatched:
            return plain_forward_backward(self, rows, labels)
        with patch.object(dist, "all_to_all_single", wraps=dist.all_to_all_single) as travels:
            gathered = plain_forward_backward(self, rows, labels)
        dispatched.append(travels.call_count)
        return gathered

    trainer_type._forward_backward = listened

    def counted(self):
        nonlocal steps
        metrics = plain_train_step(self)
        if die_at is not None and self.step == die_at:
            self.checkpointer.wait()
            dist.barrier()
            raise SystemExit(7)
        return metrics

    trainer_type.train_step = counted
    config = PretrainSettings.model_validate_json(settings)
    pretrain(config, [Path(data)], Path(out), tokenizer=Path(tokenizer))
    if dist.get_rank() == 0:
        (Path(out) / "muon.json").write_text(json.dumps(seen))
        (Path(out) / "dispatch.json").write_text(json.dumps(dispatched))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
