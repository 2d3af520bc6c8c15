"""What people and programs send that nobody thought of; for whoever tests a field of theirs."""

# Names as people have them, each to be kept to the letter and shown without turning its page.
NAMES = {
    "German": "Jörg Weiß-Öztürk",
    "Arabic": "محمد بن عبد الله",
    "Hebrew": "שָׂרָה כֹּהֵן",
    "mixed directions": "Anna علي (שרה)",
    "Chinese": "歐陽修",
    "outside the first plane": "𠮷野家",
    "Hindi": "श्रीमती लक्ष्मी",
    "Thai": "สมชาย ใจดี",
    "Vietnamese, decomposed": "Nguye\u0302\u0303n",
    "Greek": "Ἀριστοτέλης",
    "Turkish": "İbrahim I\u015f\u0131k",
    "an apostrophe": 'O\'Brien "Ned" & Sons <Ltd>',
    "one letter": "X",
    "emoji": "👩‍👩‍👧‍👦 Familie",
    "marks upon marks": "Z" + "\u0335\u0321\u034e" * 20,
    "turned around": "abc \u202egnp.exe",
    "zero width": "a\u200bb\u200dc",
    "like a formula": "=1+1",
    "like a template": "{{ 7*7 }} {% debug %} ${7*7}",
    "as long as may be": "ö" * 120,
    "as long as may be, outside the first plane": "𠮷" * 120,
}

# What no field takes, and no address may fail over.
ODD = {
    "NUL": "a\x00b",
    "control characters": "\x01\x08\x0b\x1f\x7f\x85",
    "line ends": "a\r\nX-Header: 1\u2028b\u2029",
    "direction marks": "\u202e\u2066\u2067\ufeff",
    "noncharacters": "\ufffe\uffff\U0010ffff",
    # Python does not read it: int() refuses more than 4,300 digits.
    "a number too large": "9" * 5_000,
    "less than nothing": "-1",
    "other digits": "١٢٣",
    "paths": "../../../../etc/passwd",
    "markup": '"><script>alert(1)</script>',
    "SQL": "'; DROP TABLE audit_trailentry; --",
    "FTS": 'NEAR("a" AND * ^ -',
    "a wild card": "%_*?[]",
    "long": "x" * 10_000,
}
# Of these, what a single field among others that fit may stumble over.
ODD_ALONE = ["NUL", "a number too large", "noncharacters", "SQL", "long"]
# Bytes that are no UTF-8, as they stand in a body: a lone surrogate as CESU-8 has it, and others.
NO_UTF_8 = [b"\xed\xa0\x80", b"\xff\xfe", b"\xc3", b"\xf5\x80\x80\x80", b"\x00\xd8"]
# Escaped in JSON, where it is well-formed and yet no text.
LONE_SURROGATES = [b"\\ud800", b"\\udfff", b"a\\udc00b"]

COOKIES = [
    "",
    ";",
    "=",
    "{name}",
    "{name}=",
    "{name}=x",
    '{name}="',
    "{name}=%00",
    "{name}=\x01\x7f",
    "{name}=\xe4\xf6",
    "{name}=" + "x" * 6000,
    "{name}=a; {name}=b",
    "{name}=../../etc/passwd",
    "{name}=00000000-0000-0000-0000-000000000000",
    "__Host-language=xx; {name}=x",
    "__Host-language=" + "de" * 500,
]
