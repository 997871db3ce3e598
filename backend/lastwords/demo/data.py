"""Smart-home requests and answers for the demo, made from home-assistant-intents.

Every request is one path through a sentence template of that package, every answer its own response
to that sentence: both are what Home Assistant understands and says. Same seed, same rows.
Covered: intents that can be answered from the request alone.
Not covered: those whose answer depends on the state of a house, such as the weather.
"""

import json
import random
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hassil.expression import Expression, Group, ListReference
    from hassil.intents import IntentData, Intents
    from jinja2 import Environment

SEED = 20260101
INTENTS = """
    HassTurnOn HassTurnOff HassLightSet HassClimateSetTemperature HassClimateSetFanMode
    HassFanSetSpeed HassSetPosition HassSetVolume HassStartTimer HassIncreaseTimer
    HassDecreaseTimer HassPauseTimer HassUnpauseTimer HassCancelTimer HassListAddItem
    HassListCompleteItem HassListRemoveItem HassShoppingListAddItem HassShoppingListCompleteItem
    HassMediaPause HassMediaUnpause HassMediaNext HassMediaPrevious HassVacuumCleanArea
    HassVacuumStart HassVacuumReturnToBase HassLawnMowerStartMowing HassLawnMowerDock HassBroadcast
""".split()

# The house: what the templates leave open.
WORDS: Mapping[str, list[str]] = {
    "area": "kitchen,living room,bedroom,bathroom,office,garage,hallway,dining room,nursery,"
    "basement,attic,laundry room,guest room,patio".split(","),
    "floor": ["ground", "first", "second", "top"],
    "message": "dinner is ready,the bus leaves in ten minutes,please come downstairs,"
    "the laundry is done,someone is at the door".split(","),
    "shopping_list_item": "milk,eggs,coffee,bread,apples,butter,rice,tomatoes,olive oil,"
    "dish soap,cat food,onions,pasta,bananas".split(","),
    "todo_list_item": "call the dentist,water the plants,pay the rent,take out the trash,"
    "clean the windows,book the flight,renew the passport".split(","),
    "timer_name": ["pizza", "tea", "laundry", "egg", "workout"],
    "timer_command": ["turn off the lights", "open the garage door", "lock the front door"],
    "zone": ["work", "school"],
}
NAMES: Mapping[str, list[str]] = {
    "light": ["ceiling lamp", "desk lamp", "reading light", "porch light", "floor lamp"],
    "switch": ["coffee machine", "garden pump", "christmas tree", "heating pad"],
    "fan": ["ceiling fan", "tower fan", "exhaust fan"],
    "cover": ["garage door", "left curtain", "front blind", "patio awning"],
    "lock": ["front door", "back door", "side gate"],
    "valve": ["sprinkler valve", "main water valve"],
    "climate": ["thermostat", "heat pump"],
    "media_player": ["tv", "kitchen speaker", "record player"],
    "vacuum": ["vacuum", "robot"],
    "lawn_mower": ["mower"],
    "scene": ["movie night", "good morning", "party time"],
    "script": ["bedtime routine", "leaving home"],
    "button": ["doorbell button", "reset button"],
    "input_boolean": ["guest mode", "vacation mode"],
    "todo": ["household", "weekend", "work"],
}


@dataclass
class Spoken:
    """A request as it grows, and the values of its slots."""

    dice: random.Random
    intents: "Intents"
    block: "IntentData"
    domain: str
    text: str = ""
    slots: dict[str, str] = field(default_factory=dict)

    def say(self, part: "Expression") -> None:
        """Append one way to say this part of a template."""
        from hassil.expression import Alternative, Group, ListReference, RuleReference, TextChunk

        if isinstance(part, TextChunk):
            self.text += part.original_text
        elif isinstance(part, ListReference):
            self._say_value(part)
        elif isinstance(part, RuleReference):
            rules = {**self.intents.expansion_rules, **self.block.expansion_rules}
            self.say(rules[part.rule_name].expression)
        elif isinstance(part, Alternative):
            self.say(self.dice.choice(part.items))
        elif isinstance(part, Group):
            self._say_all(part)

    def _say_all(self, group: "Group") -> None:
        from hassil.expression import Permutation

        any_order = isinstance(group, Permutation)
        items = self.dice.sample(group.items, len(group.items)) if any_order else group.items
        for item in items:
            self.say(item)
            self.text += " " if any_order else ""

    def _say_value(self, part: "ListReference") -> None:
        """Append one value of a list, and remember it under its slot's name."""
        from hassil.errors import MissingListError
        from hassil.intents import RangeSlotList, TextSlotList

        name = part.list_name
        values = {**self.intents.slot_lists, **self.block.slot_lists}.get(name)
        if isinstance(values, TextSlotList):
            chosen = self.dice.choice(values.values)
            self.say(chosen.text_in)
            self.slots[part.slot_name] = str(chosen.value_out)
            return
        if isinstance(values, RangeSlotList):
            text = f"{self.dice.choice(list(values.get_numbers())):g}"
        elif words := NAMES.get(self.domain) if name == "name" else WORDS.get(name):
            text = self.dice.choice(words)
        else:
            raise MissingListError(name)
        self.text += text
        self.slots[part.slot_name] = text


def pairs(count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """`count` different requests, each with its answer.

    Raises: ModuleNotFoundError, if hassil or home_assistant_intents is not installed.
    """
    found: dict[str, str] = {}
    source = _endless(random.Random(seed))
    while len(found) < count:
        request, answer = next(source)
        found.setdefault(request, answer)
    return list(found.items())


def write_database(path: Path, rows: list[tuple[str, str]], seed: int = SEED) -> None:
    """Make a database with table ask_ai_queries; it appears whole or not at all."""
    draft = path.with_name(f".{path.name}.unfinished")
    draft.unlink(missing_ok=True)
    database = sqlite3.connect(draft)
    database.execute(
        "CREATE TABLE ask_ai_queries (id INTEGER PRIMARY KEY, original_query TEXT NOT NULL,"
        " suggestions TEXT NOT NULL, created_at TEXT NOT NULL)"
    )
    database.executemany(
        "INSERT INTO ask_ai_queries (original_query, suggestions, created_at) VALUES (?, ?, ?)",
        _records(rows, random.Random(seed)),
    )
    database.commit()
    database.close()
    draft.replace(path)


def _records(rows: list[tuple[str, str]], dice: random.Random) -> Iterator[tuple[str, str, str]]:
    start = datetime(2026, 1, 1, 7, 0, tzinfo=UTC)
    for number, (request, answer) in enumerate(rows):
        suggestions = [
            {"description": answer, "confidence": round(dice.uniform(0.7, 0.99), 2)},
            {
                "description": "Sorry, I couldn't understand that",
                "confidence": round(dice.uniform(0.01, 0.3), 2),
            },
        ]
        dice.shuffle(suggestions)
        created = start + timedelta(minutes=37 * number)
        yield request, json.dumps(suggestions), created.isoformat().replace("+00:00", "Z")


def _endless(dice: random.Random) -> Iterator[tuple[str, str]]:
    """Requests and answers without end, with repetitions."""
    from hassil.errors import MissingListError
    from hassil.intents import Intents
    from home_assistant_intents import get_intents
    from jinja2 import Environment, StrictUndefined, UndefinedError

    source = get_intents("en")
    if source is None:
        raise ModuleNotFoundError("home_assistant_intents has no English")
    intents = Intents.from_dict(source)
    jinja = Environment(undefined=StrictUndefined)
    while True:
        name = dice.choice(INTENTS)
        blocks = intents.intents[name].data
        block = dice.choices(blocks, [len(block.sentence_texts) for block in blocks])[0]
        domain = dice.choice(sorted(block.domains & set(NAMES)) or [""])
        spoken = Spoken(dice, intents, block, domain)
        try:
            spoken.say(dice.choice(block.sentences).expression)
            answer = _answer(source, jinja, name, spoken)
        except (MissingListError, UndefinedError):
            continue  # the sentence or its answer needs what this house has not
        if answer:
            yield _tidy(spoken.text), answer


def _answer(source: Mapping[str, Any], jinja: "Environment", name: str, spoken: Spoken) -> str:
    """What the package says to this request; empty where it says nothing."""
    responses = source["responses"]["intents"].get(name, {})
    template = jinja.from_string(responses.get(spoken.block.response or "default", ""))
    slots = {**spoken.block.slots, **spoken.slots}
    text = template.render(slots=slots, state={"domain": spoken.domain})
    return "" if "None" in text else _tidy(text)


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
