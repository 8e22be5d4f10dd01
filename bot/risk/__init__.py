"""How bad it is. Pure Python over the tables of data/knowledge: nothing here knows who asks or how it is answered."""
