"""The demo that `seed_demo` writes, as data to be read: Larkfield, an invented company whose software runs small online
shops.

All addresses end in .example, all phone numbers come from ranges that no carrier gives out. Times are relative to the
moment of seeding; nothing is left to chance. The writing itself is in statuspage/demo/seeding.py.
"""
