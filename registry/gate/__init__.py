"""The gate before a promotion: a challenger is measured against the champion, and then judged.

``requirements`` says what is asked (a TOML file), ``held_out`` reads the purchases on which both
are measured, ``comparison`` measures them, ``checks`` holds the numbers against what is asked, and
``judge`` does it all for a version and an alias.
"""
