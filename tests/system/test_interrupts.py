"""Ctrl-C where Python itself would lose it."""

import signal
import threading
import weakref

import pytest

from opinia.system.interrupts import noted_interrupts


@pytest.fixture(autouse=True)
def handler_of_python():
    """Python's own handler: the libraries that earlier tests load may have set another."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Mortal:
    pass


def press_where_it_is_lost():
    mortal = Mortal()
    reference = weakref.ref(mortal, lambda dead: signal.raise_signal(signal.SIGINT))
    del mortal
    assert reference() is None


def in_a_block(work):
    with noted_interrupts() as interrupts:
        work(interrupts)


def test_ctrl_c_in_the_callback_of_a_weak_reference_is_not_lost():
    done = []

    def work(interrupts):
        press_where_it_is_lost()
        done.append(interrupts.came)

    with pytest.raises(KeyboardInterrupt):
        in_a_block(work)
    assert done == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_block_without_ctrl_c():
    with noted_interrupts() as interrupts:
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert not interrupts.came
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_passes_and_the_handler_is_put_back():
    def work(interrupts):
        signal.raise_signal(signal.SIGINT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_a_block(work)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_program_stays():
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        with noted_interrupts() as interrupts:
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
    assert not interrupts.came


def test_outside_the_main_thread_nothing_changes():
    seen = []

    def work():
        with noted_interrupts() as interrupts:
            seen.append((signal.getsignal(signal.SIGINT), interrupts.came))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(signal.default_int_handler, False)]
