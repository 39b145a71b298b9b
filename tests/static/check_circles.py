#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_circles.py - no two source files need each other

usage: check_circles.py SOURCE-DIR LIST OBJECT-DIR OBJECT...

A file here is a .c file with its header. It needs the files whose headers it includes, and those that define the symbols
which its object refers to; a function whose address stands in a table counts as a call. LIST names the circles that
exist, one a line, each as its files in alphabetical order. A circle that is not within a listed one is an error, and so
is a line that is no circle any more: the list may only shrink, and is empty today. Prints each circle as a path, each
step with its reason; exit status 1 if there is an error. It first tries itself on planted circles.
"""
import pathlib
import re
import subprocess
import sys


def add(graph, user, needed, why):
    if user != needed:
        graph.setdefault(user, {}).setdefault(needed, why)
        graph.setdefault(needed, {})


def add_includes(graph, root, files):
    for path in files:
        user = str(path.relative_to(root).with_suffix(""))
        graph.setdefault(user, {})
        for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.M):
            target = path.parent / name if (path.parent / name).exists() else root / name
            add(graph, user, str(target.resolve().relative_to(root).with_suffix("")), "includes it")


def add_symbols(graph, symbols):
    """symbols: (file, kind, name) as nm says. A name that programs define twice is found in the user's own folder."""
    defined = {}
    for file, kind, name in symbols:
        if kind in "TDRBVWGSC":
            defined.setdefault(name, []).append(file)
    for file, kind, name in symbols:
        if kind != "U" or name not in defined:
            continue
        folder = file.rpartition("/")[0]
        own = [d for d in defined[name] if d.rpartition("/")[0] == folder]
        for needed in own or defined[name]:
            add(graph, file, needed, f"uses {name}")


def circles(graph):
    """The sets of files that reach each other: Tarjan's strongly connected components, without recursion."""
    index, low, stack, on, found = {}, {}, [], set(), []
    for start in sorted(graph):
        if start in index:
            continue
        work = [(start, iter(sorted(graph[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on.add(start)
        while work:
            node, rest = work[-1]
            for needed in rest:
                if needed not in index:
                    index[needed] = low[needed] = len(index)
                    stack.append(needed)
                    on.add(needed)
                    work.append((needed, iter(sorted(graph[needed]))))
                    break
                if needed in on:
                    low[node] = min(low[node], index[needed])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = set(stack[stack.index(node):])
                    del stack[stack.index(node):]
                    on -= part
                    if len(part) > 1:
                        found.append(sorted(part))
    return sorted(found)


def path_of(graph, circle):
    """The shortest way from a file of the circle back to itself."""
    best = None
    for start in circle:
        before, queue = {}, [start]
        while queue and start not in before:
            node = queue.pop(0)
            for needed in sorted(graph[node]):
                if needed in circle and needed not in before:
                    before[needed] = node
                    queue.append(needed)
        path = [start]
        while len(path) == 1 or path[-1] != start:
            path.append(before[path[-1]])
        path.reverse()
        if best is None or len(path) < len(best):
            best = path
    return best


def judge(graph, listed):
    now = [" ".join(circle) for circle in circles(graph)]
    for circle in now:
        if any(set(circle.split()) <= set(line.split()) for line in listed):
            continue
        yield f"a circle of {len(circle.split())} files: {circle}"
        path = path_of(graph, circle.split())
        for user, needed in zip(path, path[1:]):
            yield f"    {user} -> {needed}: {graph[user][needed]}"
    for line in listed:
        if line not in now:
            yield f"the list has a circle that is gone or smaller: {line}"


def try_itself():
    chain = {"a": {"b": "x"}, "b": {"c": "x"}, "c": {}}
    assert list(judge(chain, [])) == []
    assert len(list(judge(chain, ["a b"]))) == 1
    ring = {"a": {"b": "x"}, "b": {"c": "y"}, "c": {"a": "z"}, "d": {"a": "w"}}
    assert list(judge(ring, []))[1:] == ["    a -> b: x", "    b -> c: y", "    c -> a: z"]
    assert list(judge(ring, ["a b c"])) == []
    table = {}
    add_symbols(table, [("f/table", "U", "check"), ("f/check", "T", "check"), ("f/check", "U", "rows"),
                        ("f/table", "D", "rows"), ("g/check", "T", "check")])
    assert circles(table) == [["f/check", "f/table"]]


def main():
    try_itself()
    root, objects = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[3])
    listed = [line for line in pathlib.Path(sys.argv[2]).read_text().splitlines() if line and line[0] != "#"]
    folders = {pathlib.Path(o).relative_to(objects).parts[0] for o in sys.argv[4:]} | {"efi"}
    graph = {}
    add_includes(graph, root, [p for f in sorted(folders) for p in sorted((root / f).rglob("*.[ch]"))])
    symbols = []
    for line in subprocess.run(["nm", "-A", *sys.argv[4:]], check=True, capture_output=True, text=True).stdout.splitlines():
        name, _, rest = line.partition(":")
        symbols.append((str(pathlib.Path(name).relative_to(objects).with_suffix("")), *rest.split()[-2:]))
    add_symbols(graph, symbols)
    problems = list(judge(graph, listed))
    for problem in problems:
        print(problem)
    print(f"check-circles: {len(graph)} files, {sum(map(len, graph.values()))} needs, {len(listed)} circles listed, "
          f"{sum(p[0] != ' ' for p in problems)} errors")
    return 1 if any(p[0] != " " for p in problems) else 0


if __name__ == "__main__":
    sys.exit(main())
