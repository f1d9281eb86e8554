from django import template

from visits.questions import answer_in_words

register = template.Library()

register.filter("in_words", answer_in_words)
