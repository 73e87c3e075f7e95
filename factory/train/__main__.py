"""`torchrun --nproc-per-node N -m factory.train pretrain ...`: the train verb, N processes."""

import sys

from factory.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
