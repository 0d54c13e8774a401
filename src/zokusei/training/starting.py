"""What a training run may start from: another run, or a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from zokusei.bundle import NETWORK, Bundle
from zokusei.errors import TrainingError
from zokusei.training.run import Run
from zokusei.vocabulary import Vocabulary

# How the export names a convolution's bias that a batch normalisation became.
_FOLDED = ".convolution.weight_bias"
_HALF, _FROM_8_BITS = "_half", "_DequantizeLinear_Output"


@dataclass(frozen=True, eq=False)
class StartingPoint:
    """Trained weights that a run starts from.

    Args:
        name: For messages.
        arch: Of their network.
        vocabulary: The attributes that their head knows.
        weights: By their name in the network. Those of a bundle have no
            statistics of batch normalisation: see ``settle``.
        origin: What a run that starts here says of it.
    """

    name: str
    arch: str
    vocabulary: Vocabulary
    weights: Mapping[str, Tensor]
    origin: Mapping[str, Any]

    @classmethod
    def from_run(cls, run: Run) -> StartingPoint:
        """The moving average of a run's weights.

        Raises:
            TrainingError: The run has no checkpoint yet.
        """
        return cls(
            name=f"the run at {run.path}",
            arch=run.settings.arch,
            vocabulary=run.vocabulary,
            weights=run.average_weights(),
            origin=run.origin(),
        )

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> StartingPoint:
        """The weights of a bundle that a run was exported to.

        Raises:
            TrainingError: It was made in another way.
        """
        arch = bundle.about.get("arch")
        if not arch:
            raise TrainingError(
                f"the bundle at {bundle.path} does not say its architecture, so no run can start "
                "from it; give one that `zokusei export` made of a run"
            )
        graph = onnx.load(bundle.path / NETWORK).graph
        weights = {
            _name_in_network(name): torch.from_numpy(values.copy())
            for name, values in _constants(graph).items()
        }
        return cls(
            name=f"the bundle at {bundle.path}",
            arch=str(arch),
            vocabulary=bundle.vocabulary,
            weights={name: values.float() for name, values in weights.items()},
            origin={"bundle": bundle.fingerprint},
        )

    def load_into(self, network: nn.Module, vocabulary: Vocabulary) -> None:
        """Copies the weights into a network; attributes not known here keep theirs.

        Args:
            network: Of the same architecture.
            vocabulary: Its attributes.

        Raises:
            TrainingError: Weights are missing.
        """
        own = network.state_dict()
        shared = [id_ for id_ in vocabulary.ids if id_ in self.vocabulary]
        to = [vocabulary.row(id_) for id_ in shared]
        of = [self.vocabulary.row(id_) for id_ in shared]
        for name, values in own.items():
            if name not in self.weights:
                is_anew = name.startswith("head.") and not shared
                if is_anew or _is_statistic(name, self.weights):
                    continue
                raise TrainingError(
                    f"{self.name} has no weights '{name}'; its network is not one that "
                    f"`zokusei train --arch {self.arch}` made"
                )
            weights = self.weights[name].to(values.device)
            if name.startswith("trunk."):
                values.copy_(weights)
            else:  # the head has a row for each attribute
                values[to] = weights[of]

    @property
    def is_folded(self) -> bool:
        """Whether batch normalisations are folded into their convolutions."""
        return not any(name.endswith("running_mean") for name in self.weights)


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[Any]]:
    """The weights of a graph by name; those kept in 8 bits as the numbers they stand for."""
    constants = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in constants:
            whole, scale, zero = (constants[name] for name in node.input)
            along = (-1, *[1] * (whole.ndim - 1))  # a scale a channel
            values = (whole.astype(np.float32) - zero.reshape(along)) * scale.reshape(along)
            constants[node.output[0].removesuffix(_FROM_8_BITS)] = values
    return constants


def _name_in_network(name: str) -> str:
    if name.endswith(_FOLDED):
        return name.removesuffix(_FOLDED) + ".normalization.bias"
    return name.removesuffix(_HALF)


def _is_statistic(name: str, weights: Mapping[str, Tensor]) -> bool:
    """Whether a weight belongs to a batch normalisation of which only the bias is known."""
    owner, _, last = name.rpartition(".")
    return last != "bias" and f"{owner}.bias" in weights and owner.endswith(".normalization")


@torch.no_grad()
def settle(network: nn.Module, inputs: Tensor) -> None:
    """Gives batch normalisations that were folded away the statistics of some pictures.

    A folded convolution computes W x + b. Behind W alone, a normalisation with
    the mean m and the deviation s of W x computes the same with the weight s
    and the bias b + m, and goes on learning as if it had never been folded.

    Args:
        network: With the weights W and, as the normalisations' biases, b.
        inputs: float (B, 3, S, S), some hundred normalised pictures.
    """

    def measure(normalisation: nn.BatchNorm2d, arguments: tuple[Tensor, ...]) -> None:
        (values,) = arguments
        variance, mean = torch.var_mean(values, dim=(0, 2, 3), correction=0)
        normalisation.running_mean.copy_(mean)  # type: ignore[union-attr]
        normalisation.running_var.copy_(variance)  # type: ignore[union-attr]
        normalisation.weight.copy_((variance + normalisation.eps).sqrt())
        normalisation.bias.add_(mean)

    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return
    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    was_training = network.training
    network.eval()(inputs)
    network.train(was_training)
    for hook in hooks:
        hook.remove()
