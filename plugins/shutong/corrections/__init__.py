"""Correction tickets (校核工单): rejected rows back to the department, corrected, landed.

A ticket opens with the landing whose rows were rejected (`shutong.collection.ticketing`). Its
rows go out as a spreadsheet and come back through the same rules, or are mended at the source;
it closes itself when all are right. A consumer opens one for what it received.
"""
