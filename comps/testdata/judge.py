"""What libcomps, the library beneath dnf, makes of comps files.

Reads one JSON object a line, {"files": [...], "arch": "x86_64"}; answers each
with one line: the files read and merged in their order, for that architecture
where one is given, as plain dicts and sorted lists. Texts are stripped, and the
names of comps.xml.in are those that intltool makes of them.
"""

import json
import re
import sys
from xml.etree import ElementTree

import libcomps


def load(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    comps = libcomps.Comps()
    comps.fromxml_str(re.sub(r"<(/?)_(name|description)\b", r"<\1\2", text))
    return comps


def said(text):
    return (text or "").strip()


def by_lang(texts):
    return {lang: said(texts[lang]) for lang in texts.keys() if said(texts[lang])}


def entry(e):
    return {
        "id": said(e.id), "name": said(e.name), "description": said(e.desc),
        "names": by_lang(e.name_by_lang), "descriptions": by_lang(e.desc_by_lang), "display_order": e.display_order,
    }


def group(g):
    members = sorted([said(p.name), p.type, said(p.requires), bool(p.basearchonly)] for p in g.packages)
    return entry(g) | {
        "default": bool(g.default), "uservisible": bool(g.uservisible), "biarchonly": bool(g.biarchonly),
        "langonly": said(g.lang_only), "packages": members,
    }


def refs(ids):
    return sorted([said(i.name), bool(i.default)] for i in ids)


def by_id(entries):
    return sorted(entries, key=lambda e: e["id"])


def pairs(d):
    return sorted([k, said(d[k])] for k in d.keys())


def attributes(paths):
    """What libcomps does not tell, or mixes up, as another parser sees it."""
    composing, limits = set(), set()
    for path in paths:
        for e in ElementTree.parse(path).iter():
            if e.tag in ("package", "ignoredep"):
                composing.add((e.tag, *sorted(e.items())))
            elif e.get("arch") or e.get("variant"):
                arch = ",".join(re.split("[, ]+", e.get("arch") or ""))
                limits.add((e.tag, said(e.text), said(e.findtext("id")), arch, e.get("variant") or ""))
    return {"composing": sorted(composing), "limits": sorted(limits)}


def answer(question):
    parts = [load(path) for path in question["files"]]
    comps = parts[0]
    for part in parts[1:]:
        comps = comps + part
        parts.append(comps)  # libcomps lends what it frees: nothing may go before the end
    if question.get("arch"):
        comps = comps.arch_filter([question["arch"]])
    return {
        "groups": by_id(group(g) for g in comps.groups),
        "environments": by_id(entry(e) | {"groups": refs(e.group_ids), "options": refs(e.option_ids)} for e in comps.environments),
        "categories": by_id(entry(c) | {"groups": refs(c.group_ids)} for c in comps.categories),
        "langpacks": pairs(comps.langpacks),
        "attributes": attributes(question["files"]),
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), sort_keys=True, ensure_ascii=False))
