"""The work of services of process: orders that open them, the electronic manner, periods that run out, certificates.

orders.py       an order of case opens a service; an electronic one is begun
sending.py      the electronic manner: the consent, the channel, the arrival
hearing.py      what became of a mail or a fax
recalling.py    a step that is over sends nothing any more
passes.py       one service that raises stops none of the others
clocks.py       silence fails, a public notice serves, an alarm rings
"""
