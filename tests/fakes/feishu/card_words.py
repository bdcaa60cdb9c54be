"""The words of card JSON 2.0: components, their properties, languages, header colours.

Source: the documentation's page of each component.
"""

from __future__ import annotations


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


LANGUAGES = _words(
    "zh_cn zh_hk zh_tw en_us ja_jp ko_kr id_id vi_vn th_th pt_br es_es fr_fr de_de it_it ru_ru",
    "ms_my hi_in",
)
TEMPLATES = _words(
    "blue wathet turquoise green yellow orange red carmine violet purple indigo grey default"
)
TOP = _words("schema config card_link header body")
CONFIG = _words(
    "update_multi streaming_mode streaming_config summary locales enable_forward",
    "enable_forward_interaction width_mode use_custom_translation style",
)
HEADER = _words("title subtitle text_tag_list i18n_text_tag_list template padding icon")
_FLOW = (
    "direction padding horizontal_spacing horizontal_align vertical_spacing vertical_align elements"
)
BODY = _words(_FLOW)
TEXT = _words("tag content i18n_content text_size text_color text_align lines element_id")
_ASK = "name required disabled width behaviors confirm value"
_PICK = f"{_ASK} type placeholder options"
#: Properties of each component besides tag, element_id and margin.
_ELEMENTS = {
    "div": "text width icon",
    "markdown": "content i18n_content text_align text_size icon",
    "img": "img_key i18n_img_key alt title corner_radius scale_type size transparent preview",
    "img_combination": "combination_mode combination_transparent corner_radius img_list",
    "hr": "",
    "person": "size user_id show_avatar show_name style",
    "person_list": "show_name show_avatar size lines drop_invalid_user_id icon persons",
    "chart": "chart_spec aspect_ratio color_theme preview height",
    "table": ("page_size row_height row_max_height freeze_first_column header_style columns rows"),
    "column_set": "horizontal_spacing horizontal_align flex_mode background_style action columns",
    "column": f"{_FLOW} background_style width weight action",
    "form": f"{_FLOW} name confirm",
    "interactive_container": (
        f"{_FLOW} width height background_style has_border border_color corner_radius behaviors "
        "hover_tips disabled disabled_tips confirm"
    ),
    "collapsible_panel": f"{_FLOW} expanded background_color header border",
    "button": (
        "type size width text icon hover_tips disabled disabled_tips confirm behaviors name "
        "required form_action_type"
    ),
    "input": (
        f"{_ASK} placeholder default_value max_length input_type show_icon rows auto_resize "
        "max_rows label label_position"
    ),
    "select_static": f"{_PICK} initial_index initial_option",
    "multi_select_static": f"{_PICK} selected_values",
    "select_person": f"{_PICK} initial_index initial_option",
    "multi_select_person": f"{_PICK} selected_values",
    "date_picker": f"{_ASK} placeholder initial_date",
    "picker_time": f"{_ASK} placeholder initial_time",
    "picker_datetime": f"{_ASK} placeholder initial_datetime",
    "overflow": f"{_ASK} options",
    "select_img": f"{_ASK} multi_select layout can_preview aspect_ratio style options",
    "checker": (
        f"{_ASK} checked text overall_checkable button_area checked_style padding hover_tips "
        "disabled_tips"
    ),
}
ALLOWED = {tag: _words("tag element_id margin", names) for tag, names in _ELEMENTS.items()}
#: Components that hold an answer, and so need a name within a form.
ASKING = _words(
    "input select_static multi_select_static select_person multi_select_person date_picker",
    "picker_time picker_datetime select_img checker",
)
