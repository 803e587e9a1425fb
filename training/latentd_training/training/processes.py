"""Work shared by several processes of one thread each: they wait for each other once a step, not once a layer.

On a CPU shared with other work this is several times faster than as many threads, whose every layer waits for the
slowest. Parts are fixed and added up in order, so that results do not depend on timing.
"""

import multiprocessing
import multiprocessing.connection
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from latentd_training.training.checkpoint import StopSignal

Loss = Callable[[int, int], Tensor]
"""(step, part) to the mean loss of that part of the step's batch, a scalar."""


class GradientProcesses:
    """Computes parts 1, 2, … of every batch in forked processes and part 0 in this one; the module lies on the CPU."""

    def __init__(self, module: nn.Module, loss: Loss, count: int) -> None:
        torch.set_num_threads(1)
        self._parameters, self._loss, self._count = list(module.parameters()), loss, count
        module.share_memory()
        size = sum(parameter.numel() for parameter in self._parameters)
        self._gradients = [torch.zeros(size).share_memory_() for _ in range(count - 1)]
        context = multiprocessing.get_context("fork")
        self._pipes, self._processes = [], []
        for part in range(1, count):
            ours, theirs = context.Pipe()
            process = context.Process(target=self._serve, args=(part, theirs, os.getpid()), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def backward(self, step: int) -> float:
        """Leave the gradient of the whole batch of `step` in `.grad` of the parameters; returns the mean loss."""
        for pipe in self._pipes:
            pipe.send(step)
        losses = [self._part(step, 0), *(pipe.recv() for pipe in self._pipes)]
        for gradient in self._gradients:
            start = 0
            for parameter in self._parameters:
                parameter.grad += gradient[start : start + parameter.numel()].view_as(parameter)
                start += parameter.numel()
        return sum(losses)

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.kill()
            process.join()

    def _part(self, step: int, part: int) -> float:
        for parameter in self._parameters:
            parameter.grad = torch.zeros_like(parameter)
        loss = self._loss(step, part) / self._count
        loss.backward()
        return loss.item()

    def _serve(self, part: int, pipe: multiprocessing.connection.Connection, parent: int) -> None:
        _leave_signals_to_the_parent()
        while os.getppid() == parent:
            if not pipe.poll(5):
                continue
            loss = self._part(pipe.recv(), part)
            torch.cat([parameter.grad.reshape(-1) for parameter in self._parameters], out=self._gradients[part - 1])
            pipe.send(loss)


def in_processes(work: Callable[[int], None], items: Sequence[int], count: int, stop: StopSignal) -> Iterator[int]:
    """Do `work` for every item in `count` forked processes of one thread each; yields items as they are done.

    A count of 1 works in this process. `stop` ends the others at once; raises RuntimeError if one of them dies.
    """
    if count == 1:
        for item in items:
            if stop:
                return
            work(item)
            yield item
        return
    torch.set_num_threads(1)
    context, pipes, processes = multiprocessing.get_context("fork"), [], []
    try:
        for part in range(count):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(work, items[part::count], theirs, os.getpid()), daemon=True)
            process.start()
            theirs.close()  # so that the death of a process reads as an end of file
            pipes.append(ours)
            processes.append(process)
        left = len(items)
        while left and not stop:
            for pipe in multiprocessing.connection.wait(pipes, timeout=1):
                try:
                    item = pipe.recv()
                except EOFError:
                    message = "A helper process died, perhaps for want of memory; start the run again"
                    raise RuntimeError(message) from None
                left -= 1
                yield item
    finally:
        for process in processes:
            process.kill()
            process.join()


def _work(
    work: Callable[[int], None], items: Sequence[int], pipe: multiprocessing.connection.Connection, parent: int
) -> None:
    _leave_signals_to_the_parent()
    for item in items:
        if os.getppid() != parent:
            return
        work(item)
        pipe.send(item)
    while os.getppid() == parent:
        time.sleep(1)


def _leave_signals_to_the_parent() -> None:
    # Ctrl-C reaches the whole group; the parent saves, and then ends its processes.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
