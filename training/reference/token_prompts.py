"""The prompts that tokenizers are compared on: the same list on every machine, from plain to hostile."""

import random
import unicodedata

SUBJECTS = [
    "a photo of a cat", "portrait of an old fisherman", "astronaut riding a horse", "the Eiffel Tower at night",
    "isometric voxel castle", "bowl of ramen", "cyberpunk street market", "fluffy corgi puppy", "F-16 over mountains",
    "Art-Nouveau poster", "stained-glass window of a whale", "mother's garden", "bücherregal im café", "naïve façade",
]
STYLES = [
    "8k", "trending on artstation", "by greg rutkowski", "highly detailed", "cinematic lighting", "f/1.8", "35mm",
    "octane render", "soft focus", "HDR", "unreal engine 5", "wlop", "studio ghibli", "--ar 16:9", "no text", "bokeh",
    "(masterpiece:1.3)", "[blurry]", "((best quality))", "<lora:detail:0.8>", "1girl", "year 1999", "rule_of_thirds",
]
PLAIN = [
    "", " ", "   ", "\t", "\n", "\r\n", "a", "A", "1", "!", ".", ",", "-", "'", '"', "`", "_", "#", "@", "&", "a b",
    "a  b", " a", "a ", "a\tb", "a\nb", "a\r\nb", "a\u00a0b", "a\u2003b", "a\u3000b", "a\u200bb", "a\u2028b",
    "a\u0085b",
    "a\u000bb", "a\u000cb", "a\u001cb", "a\u001fb", "a\ufeffb", "\ufeffa", "a\u180eb", "a\u202fb", "a\u1680b",
    "a\u2060b",
    "a\x00b", "a\x01b", "a\x07b", "a\x1bb", "a\x7fb", "a\x80b", "a\x9fb", "a\u00adb", "a\u200db", "a\u200eb",
    "a\ufffdb", "a\u0378b",
    "a\ue000b", "a\uf8ffb", "a\U000e0001b", "a\U000f0000b", "a\U0010fffdb", "a\ufe0fb", "a\u0301", "\u0301a",
    "e\u0301\u0323",
    "it's", "IT'S", "don't", "DON'T", "we're", "I'm", "I've", "they'll", "he'd", "'s", "'S", "''s", "'''ll",
    "rock'n'roll",
    "'tis", "o'clock", "d'Artagnan", "y'all'd've", "it’s", "don’t", "l’été", "'re're", "x'sx", "'ſ", "it'ſ",
    "hello!", "wow!!!", "what?!", "...", "……", "-->", "<3", "</s>", "<br/>", "{a|b}", "[a]", "(a)", "((a))", "a,b,,c",
    "a, b , c",
    "$100", "€99.99", "100%", "3.14159", "1,000,000", "1e-5", "0x1F", "42nd", "1st", "2x4", "007", "1/2", "½", "²",
    "Ⅷ", "①", "٣٤",
    "۴۵", "१२३", "１２３", "一二三", "4:20", "16:9", "v1.5", "SDXL", "C++", "C#", "a=b", "a+b", "x^2", "10^-3", "№5", "§3",
    "~a~", "a|b",
    "[SEP]", "[CLS] a [SEP]", "[PAD]", "[MASK]", "[UNK]", "[sep]", "[ SEP ]", "a[SEP]b", "[SEP][SEP]", "[[SEP]]",
    "[CLS", "[MASK]s",
    "<|endoftext|>", "<|startoftext|>", "a<|endoftext|>b", "a <|endoftext|> b", "<|ENDOFTEXT|>", "<|EndOfText|>!!",
    "!!<|ENDOFTEXT|>",
    "<|endoftext|><|endoftext|>", "<|startoftext|>a photo<|endoftext|>", "<| endoftext |>", "<|endoftext",
    "endoftext", "a <|endoftext|>!!!",
    "ΑΣ", "ΟΔΥΣΣΕΥΣ", "Σ", "ΑΣ.", "ΑΣ Σ", "σς", "İstanbul", "ISTANBUL ıi", "STRAẞE", "straße", "ŉ", "ǰ", "ΐ", "ﬁne",
    "ﬀ", "Ǆ", "ǅ", "K", "Å",
    "ＦＵＬＬ ｗｉｄｔｈ", "ℌ𝔢𝔩𝔩𝔬", "𝓢𝓬𝓻𝓲𝓹𝓽", "𝟘𝟙𝟚", "Ⓐⓑ", "™®©", "café", "cafe\u0301", "Å", "A\u030a", "ñ", "n\u0303", "Ǖ",
    "U\u0308\u0304",
    "q\u0323\u0307", "q\u0307\u0323", "Z̷̧̢͓̤͚̈́̈́a̸l̶g̵o̷", "각", "\u1100\u1161\u11a8", "が", "か\u3099", "ﾊﾟ", "ガ",
    "\u0958", "\u0915\u093c", "\u2126", "\u212b",
    "猫", "一只猫", "可愛い猫のイラスト", "고양이 사진", "𠀀𠀁", "\U0002b820\U0002b830x", "\U0002b920x\U0002ceafx", "𫝀", "𫠝x", "丽", "丽",
    "㐀㐁", "豈更", "猫cat猫", "cat猫, 犬dog", "、。「」", "〇", "々",
    "кот", "Кот на окне", "Ёлка й", "žluťoučký kůň", "Ελληνικά γάτα", "קוֹט", "قطّة", "قِطَّةٌ جميلة", "บ้านแมว",
    "แมว", "बिल्ली", "বিড়াল", "பூனை",
    "ບ້ານ", "မြန်မာ", "ქართული", "ᲥᲐᲠ", "Հայ", "ድመት", "ᏣᎳᎩ", "ꭰꮳ", "ᚠᚢᚦ", "𐐀𐐨", "𒀀𒁀", "𓃠", "ѣ", "ӄ", "Ꙁ", "ⰀⰁ",
    "😀", "😀😀", "a😀b", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🇩🇪🇫🇷", "1️⃣", "#️⃣", "❤️", "☕️ coffee", "🐈‍⬛", "🧑🏿‍🚀", "🫠", "🥲",
    "♀", "✨✨", "→←", "∀x∈ℝ", "∑", "≠",
    "supercalifragilisticexpialidocious", "Donaudampfschifffahrtsgesellschaftskapitän",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "https://example.org/a?b=c&d=%20#e", "me@example.org", "C:\\Users\\me", "a_b_c", "snake_case camelCase", "a/b/c",
    "\\(a\\)", "a\\b",
]
SPACES = [" ", "  ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\u200b", ", ", ",", "-", ""]
PIECES = [text for text in PLAIN if text.strip()]


def english(dice: random.Random) -> str:
    parts = [dice.choice(SUBJECTS), *dice.sample(STYLES, dice.randrange(8))]
    text = dice.choice([", ", ", ", " ", ",", " | "]).join(parts)
    return dice.choice([text, text, text.upper(), text.title(), text + "!", text + "..."])


def mixed(dice: random.Random) -> str:
    return "".join(dice.choice(PIECES) + dice.choice(SPACES) for _ in range(dice.randrange(2, 7)))


def letters(dice: random.Random, alphabet: list[str]) -> str:
    return "".join(dice.choice(alphabet) for _ in range(dice.randrange(1, 13)))


def blocks() -> list[list[str]]:
    """Characters by pages of 256, those of Unicode 3.2 only: all tables of all libraries agree on them."""
    old = unicodedata.ucd_3_2_0
    pages: dict[int, list[str]] = {}
    for code in range(0x20, 0x2FA20):
        if old.category(chr(code)) not in ("Cn", "Cs", "Co"):
            pages.setdefault(code >> 8, []).append(chr(code))
    return list(pages.values())


def prompts() -> list[str]:
    """About 2,400 prompts, without lone surrogates, which Python's tokenizers refuse."""
    dice = random.Random(20220413)  # CVPR 2022's paper, version 2
    pages = blocks()
    small = [page for page in pages if page[0] < "\u3000" or "\uf900" <= page[0] < "\U00020000"]
    punctuation = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»…—–’“”¡¿§¶•·")
    digits = list("0123456789.,-:/ ") + list("²½Ⅷ①٣५")
    made = [
        *PLAIN,
        *(english(dice) for _ in range(600)),
        *(mixed(dice) for _ in range(500)),
        *(letters(dice, page) for page in small for _ in range(6)),
        *(letters(dice, dice.choice(pages)) for _ in range(100)),
        *(letters(dice, dice.choice(pages)) + english(dice) + letters(dice, dice.choice(pages)) for _ in range(100)),
        *(letters(dice, punctuation) for _ in range(150)),
        *(letters(dice, digits) for _ in range(150)),
        *("".join(letters(dice, list("abcdefghijklmnopqrstuvwxyz'")) + " " for _ in range(4)) for _ in range(100)),
        *(", ".join(english(dice) for _ in range(dice.randrange(4, 16))) for _ in range(30)),
        "a" * 99, "a" * 100, "a" * 101, "a" * 300, "é" * 100, "猫" * 100, "😀" * 101, "cat " * 200, "x," * 150,
        "ab" * 2000,
    ]
    return list(dict.fromkeys(made))
