"""The modules beside a script, imported as its own lines are read: without guards and asserts."""

import ast
import builtins
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from itertools import takewhile
from pathlib import Path
from types import CodeType, ModuleType

from .leaves import import_or_absent
from .numbers import without_guards


@contextmanager
def own_modules(folder: str) -> Iterator[None]:
    """Let a script import from its folder, and from those above up to its package's where nothing else has the name."""
    here = Path(folder).resolve()
    packages = sum(1 for _ in takewhile(lambda above: (above / "__init__.py").is_file(), (here, *here.parents)))
    roots = [str(above) for above in (here, *here.parents)[: packages + 2]]
    path, finder = list(sys.path), _Finder(roots)
    try:
        sys.path[:] = [roots[0], *path, *roots[1:]]
        sys.meta_path.insert(0, finder)
        yield
    finally:
        sys.path[:] = path
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if finder.is_own(name)]:
            module = sys.modules[name]
            origin = getattr(module, "__file__", None) or "".join([*getattr(module, "__path__", ())][:1])
            if origin.startswith(tuple(roots)):
                del sys.modules[name]


class _Finder(MetaPathFinder):
    def __init__(self, roots: list[str]) -> None:
        self._roots = tuple(roots)
        self._known = {name.partition(".")[0] for name in sys.modules}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as Python does; one below the roots that was not known before gets a loader of its own."""
        if not self.is_own(name):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader) or spec.origin is None:
            return None
        if not spec.origin.startswith(self._roots) or "site-packages" in spec.origin:
            return None
        spec.loader = _Loader(name, spec.origin)
        return spec

    def is_own(self, name: str) -> bool:
        """Whether a module belongs to no package that was there before."""
        return name.partition(".")[0] not in self._known


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Run the module, in which a package that is not installed is absent, as in the script."""
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": import_or_absent}
        super().exec_module(module)

    def get_code(self, fullname: str) -> CodeType | None:
        """Compile the source anew; what is in a cache has guards."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        return compile(without_guards(tree), path, "exec", dont_inherit=True)
