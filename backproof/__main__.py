"""The command line: parse, call, print. Torch and NumPy are imported by the command that needs them."""

import errno
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import tyro
from tyro.conf import OmitArgPrefixes, OmitSubcommandPrefixes, Positional, UseAppendAction, arg

import backproof
from backproof.training.config_files import read_config
from backproof.training.options import CONFIG, RUNS, Config, flag, known, preset

from .errors import UserError, did_you_mean
from .files import is_file
from .misuse import options_of, refusing_in_one_sentence
from .shortage import not_imported, shortage
from .terminal import output_lost, prepare_surroundings, tell

app = tyro.extras.SubcommandApp()
COMMANDS = ("verify", "show", "check", "predict", "train")
LISTED = f"{', '.join(COMMANDS[:-1])} or {COMMANDS[-1]}"

Device = Annotated[Literal["cpu", "cuda"], arg(help="where the torch side runs")]
Dtype = Annotated[Literal["float64", "float32"], arg(help="float64 gives the verdict, float32 tests stability")]
Seed = Annotated[int, arg(help="seed of all sizes and values that are drawn")]


@app.command
def verify(
    topics: Positional[
        Annotated[tuple[str, ...], arg(help="modules (deep), systems (S17), formulas (deep.hidden_dZ); default all")]
    ] = (),
    /,
    device: Device = "cpu",
    dtype: Dtype = "float64",
    seed: Seed = 0,
    log: Annotated[
        str | None, arg(help="add this verification to the curves in runs/NAME, for TensorBoard", metavar="NAME")
    ] = None,
    json: Annotated[bool, arg(help="print one JSON object and nothing else")] = False,
) -> int:
    """Prove every formula: hand-derived values and gradients against autograd.

    Exit status: 0 all agree, 1 something disagrees, 2 wrong use.
    """
    from backproof.search.topics import refuse_unknown

    refuse_unknown(topics)
    from backproof.commands.verify import verify as run

    return run(topics, device=device, dtype=dtype, seed=checked_seed(seed), as_json=json, log=log)


@app.command
def show(
    formula: Positional[
        Annotated[
            str,
            arg(
                help="a formula (deep.hidden_dZ), a module (deep), a system (S17), a place in the notes ('A p. 29', "
                "Lee), words of a heading, a symbol (dZ1, sigma) or an equation ('dZ = A - Y'); default: a list"
            ),
        ]
    ] = "",
    /,
    seed: Seed = 0,
    run: Annotated[
        bool, arg(help="run what the notes show of it, as of S16 that symmetry stays, with a picture in runs/")
    ] = False,
) -> int:
    """Show a formula: equation, shapes, source in the notes, both implementations, the verdict of this moment."""
    if run:
        from backproof.commands.demonstrate import demonstrate

        return demonstrate(formula)
    from backproof.commands.show import show as show_formula

    return show_formula(formula, seed=checked_seed(seed))


@app.command
def check(
    file: Positional[
        Annotated[
            str,
            arg(
                help="Python, a notebook, notes in Markdown or LaTeX; one class or function: FILE:NAME", metavar="FILE"
            ),
        ]
    ] = "",
    /,
    example: Annotated[
        tuple[str, ...] | None, arg(help="check a derivation that ships; without a name, list them", metavar="[NAME]")
    ] = None,
    shapes: Annotated[
        str, arg(help="of the arguments of a torch function, as in 'x (B, T), w (T,), eps float'", metavar="SHAPES")
    ] = "",
    device: Device = "cpu",
    reference: Annotated[
        str, arg(help="a plain torch function that gives what the kernel gives: FILE:FUNCTION", metavar="FILE:FUNCTION")
    ] = "",
    seed: Seed = 0,
    why: Annotated[bool, arg(help="add the formula of the reference that each wrong line should have been")] = False,
    no_fix: Annotated[bool, arg(help="tell line and cause, and keep the right line back")] = False,
    json: Annotated[bool, arg(help="print one JSON object and nothing else")] = False,
    html: Annotated[str, arg(help="write notes with a verdict beside each formula as one page", metavar="FILE")] = "",
) -> int:
    """Check a derivation of your own, line by line: which line is wrong, why, and what the right line is.

    The file is Python as you have it: a derivation with declared inputs, a program that trains, a backward pass by hand
    in torch, or a notebook. It is run: check only what you would run. Exit status: 0 all right, 1 something wrong, 2
    unusable or not all judged.
    """
    from backproof.commands.check import Shown, Torch
    from backproof.commands.check import check as run

    torch = Torch(shapes, device, reference)
    return run(file, example, checked_seed(seed), Shown(json, why, no_fix, html), torch)


def train_from(base: Config) -> Callable[..., int]:
    """Return the command `train` whose options have these defaults."""

    def train(
        training: Annotated[Config, OmitArgPrefixes] = base,
        config: Annotated[
            str | None, arg(help="the config.json of a run, whose options become the defaults", metavar="FILE")
        ] = None,
        run: Annotated[
            str | None, arg(name="name", aliases=("--run",), help="of the new run, a folder in runs/", metavar="NAME")
        ] = None,
        resume: Annotated[str | None, arg(help="go on with this run, from its checkpoint", metavar="NAME")] = None,
        sweep: Annotated[
            UseAppendAction[tuple[str, ...]],
            arg(
                help="a run for each value of a training option, as in learning_rate=0.1,0.01 or 'layers=20 7 5,7'; "
                "given again, for each combination",
                metavar="OPTION=VALUE,VALUE,...",
            ),
        ] = (),
        shares: Annotated[
            tuple[int, ...], arg(help="under torchrun, parts of each batch by process, as in 3 1; default: equal ones")
        ] = (),
        patience: Annotated[
            int, arg(help="under torchrun, seconds that a process waits for the others before it ends the run")
        ] = 300,
        json: Annotated[bool, arg(help="print one JSON object and nothing else")] = False,
    ) -> int:
        """Train a network, by hand in NumPy or with torch; a run that was killed goes on with --resume.

        Exit status: 0 trained, 1 it learned nothing, the cost stopped being finite or the proof failed, 2 wrong use.
        """
        if sweep:
            from backproof.commands.sweep import sweep as run_sweep

            return run_sweep(training, sweep, run=run, resume=resume, as_json=json)
        from backproof.commands.train import Launch
        from backproof.commands.train import train as run_training

        return run_training(training, run, resume, json, Launch(shares, patience))

    return train


@dataclass(frozen=True)
class Sources:
    """The options that say where the defaults of all others come from."""

    data: str = "digits"
    config: str | None = None
    resume: str | None = None


def base_options(words: Sequence[str]) -> Config:
    """Return the defaults: the options of the run to be resumed, of the file of --config, or what suits the data."""
    given, _ = tyro.cli(Sources, args=words, return_unknown_args=True, add_help=False)
    if given.config is not None and given.resume is not None:
        raise UserError("--config with --resume: a run goes on with its own options; give one of the two")
    if given.resume is not None and is_file(saved := RUNS / given.resume / CONFIG):
        return read_config(saved)
    return preset(given.data) if given.config is None else read_config(given.config)


@app.command
def predict(
    run: Positional[Annotated[str, arg(help="a run: its name in runs/, or the path of its folder")]],
    images: Positional[Annotated[tuple[str, ...], arg(help="PNG, JPEG, WEBP or BMP", metavar="IMAGE...")]],
    /,
    invert: Annotated[bool, arg(help="dark ink on a light ground becomes light on dark, as in the digits")] = False,
    best: Annotated[bool, arg(help="with the parameters that train --keep-best kept")] = False,
    json: Annotated[bool, arg(help="print one JSON object and nothing else")] = False,
) -> int:
    """Predict the class of pictures with a trained run."""
    from backproof.commands.predict import predict as run_prediction

    return run_prediction(run, images, invert=invert, best=best, as_json=json)


OPTIONS = {command.__name__: options_of(command) for command in (verify, show, check, predict, train_from(Config()))}
OPTIONS["train"] += map(flag, known())


def checked_seed(seed: int) -> int:
    """Return the seed; UserError for one that NumPy's legacy generator does not take."""
    if not 0 <= seed < 2**32:
        raise UserError(f"--seed {seed}: expected an integer from 0 to {2**32 - 1}")
    return seed


def check_command(words: Sequence[str]) -> None:
    """Refuse what is no command, by the name of the one that may be meant."""
    if not words:
        raise UserError(f"expected a command: {LISTED}; --help tells what each of them does")
    if words[0] not in (*COMMANDS, "-h", "--help"):
        hint = did_you_mean(words[0], COMMANDS, f", expected {LISTED}")
        raise UserError(f"there is no command {words[0]!r}{hint}")


def main() -> None:
    """Run the command; a user's mistake is one message on stderr and exit status 2."""
    try:
        prepare_surroundings()
        words = sys.argv[1:]
        if words == ["--version"]:
            print(f"backproof {backproof.__version__}")
            sys.exit(0)
        check_command(words)
        with refusing_in_one_sentence(words, OPTIONS.get(words[0], ())):
            app.command(train_from(base_options(words[1:]) if words[0] == "train" else Config()))
            status = app.cli(
                prog="backproof",
                description="Prove your backprop. `backproof --version` prints the version.",
                config=(OmitSubcommandPrefixes,),
            )
        if sys.stdout is not None:
            sys.stdout.flush()
    except UserError as error:
        tell(error)
        status = 2
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            tell(f"{error.strerror}; allow more, as by ulimit -n 1024")
            status = 2
        elif error.filename is not None:  # a file, and no fault of the terminal
            raise
        else:
            status = output_lost(error)
    except KeyboardInterrupt:
        tell("interrupted")
        status = 130
    except Exception as error:
        if (found := shortage(error) or not_imported(error)) is None:
            sys.stderr = sys.__stderr__  # where a traceback belongs, whichever process it is
            raise
        tell(found)
        status = 2
    sys.exit(status)


if __name__ == "__main__":
    main()
