"""The components of card JSON 2.0, each with the properties that its documentation page lists.

The pages are those of open.feishu.cn, "卡片 JSON 2.0 版本组件" (2025); each entry says which. What
Muster does not use and is not here: img_combination, select_img, audio.

Unverified, because the pages disagree with themselves:
- `behaviors` is marked as required on every interactive component, yet official samples leave it
  out inside a form; here it is required of buttons outside forms only.
- official samples of 2.0 still carry the historical `action_type`, `url`, `value` and `fallback`;
  here they are violations, because the pages call them historical or unsupported.
- `person` inside markdown, and `required` on a checker, are not tried here.
"""

from __future__ import annotations

from tests.adapters.feishu import card_kinds as k
from tests.adapters.feishu.card_kinds import Kind

_ANY: dict[str, Kind] = {"tag": k.text(), "element_id": k.element_id, "margin": k.margin}
#: How a container lays out what is in it ("卡片 JSON 2.0 结构", body).
LAYOUT: dict[str, Kind] = {
    "direction": k.direction,
    "padding": k.padding,
    "horizontal_spacing": k.spacing,
    "horizontal_align": k.horizontal,
    "vertical_spacing": k.spacing,
    "vertical_align": k.vertical,
}
#: What is inside is checked by the walk through the card, not by the container's own shape.
_inside = k.listed(k.mapping)
_SAID: dict[str, Kind] = {
    "content": k.text(),
    "i18n_content": k.by_language(k.text()),
    "text_size": k.text_size,
    "text_align": k.horizontal,
}
_multi_url = k.shape(dict.fromkeys(("url", "pc_url", "ios_url", "android_url"), k.text()))
_link = k.shape({"multi_url": _multi_url})
_INTERACTIVE: dict[str, Kind] = {
    **_ANY,
    "name": k.text(),
    "disabled": k.boolean,
    "confirm": k.confirm,
    "behaviors": k.behaviors,
}
_CHOSEN: dict[str, Kind] = {
    **_INTERACTIVE,
    "required": k.boolean,
    "width": k.input_width,
    "placeholder": k.words(100),
}
_option = k.shape({"text": k.words(), "icon": k.icon, "value": k.text()}, ("text", "value"))
_person = k.shape({"value": k.pattern(r"ou_\w+", "open_id")}, ("value",))
_column = k.shape(
    {
        "name": k.text(),
        "display_name": k.text(is_empty=True),
        "width": k.pattern(r"auto|\d{2,3}px|\d{1,3}%", "width of a column"),
        "vertical_align": k.vertical,
        "horizontal_align": k.horizontal,
        "data_type": k.one_of(
            "text", "lark_md", "options", "number", "persons", "date", "markdown"
        ),
        "format": k.shape(
            {"precision": k.integer(0, 10), "symbol": k.text(1), "separator": k.boolean}
        ),
        "date_format": k.text(),
    },
    ("name", "data_type"),
)
_header_style = k.shape(
    {
        "text_align": k.horizontal,
        "text_size": k.one_of("normal", "heading"),
        "background_style": k.one_of("grey", "none"),
        "text_color": k.colour,
        "bold": k.boolean,
        "lines": k.integer(1, 99),
    }
)

#: By tag: the shape of the component itself, without what is inside.
TAGS: dict[str, Kind] = {
    # "富文本（Markdown）"
    "markdown": k.shape({**_ANY, **_SAID, "icon": k.icon}, ("content",)),
    # "普通文本"
    "div": k.shape(
        {
            **_ANY,
            "width": k.pattern(r"fill|auto|\d{2,3}px", "width of a text"),
            "text": k.shape(
                {
                    **_SAID,
                    "tag": k.one_of("plain_text", "lark_md"),
                    "element_id": k.element_id,
                    "text_color": k.colour,
                    "lines": k.integer(1, 999),
                },
                ("tag", "content"),
            ),
            "icon": k.icon,
        },
    ),
    # "分割线"
    "hr": k.shape(_ANY),
    # "人员"
    "person": k.shape(
        {
            **_ANY,
            "size": k.one_of("extra_small", "small", "medium", "large"),
            "show_avatar": k.boolean,
            "show_name": k.boolean,
            "style": k.one_of("normal", "capsule"),
            "user_id": k.text(),
        },
        ("user_id",),
    ),
    # "图表"; chart_spec is VChart's and not looked into.
    "chart": k.shape(
        {
            **_ANY,
            "aspect_ratio": k.one_of("1:1", "2:1", "4:3", "16:9"),
            "color_theme": k.one_of("brand", "rainbow", "complementary", "converse", "primary"),
            "chart_spec": k.mapping,
            "preview": k.boolean,
            "height": k.pattern(r"auto|[1-9]\d{0,2}px", "height"),
        },
        ("chart_spec",),
    ),
    # "表格"
    "table": k.shape(
        {
            **_ANY,
            "page_size": k.integer(1, 10),
            "row_height": k.pattern(r"low|middle|high|auto|\d{2,3}px", "height of a row"),
            "row_max_height": k.pattern(r"\d{2,3}px", "height of a row"),
            "freeze_first_column": k.boolean,
            "header_style": _header_style,
            "columns": k.listed(_column, 1, 50),
            "rows": k.listed(k.mapping),
        },
        ("columns", "rows"),
    ),
    # "分栏"
    "column_set": k.shape(
        {
            **_ANY,
            "horizontal_spacing": k.spacing,
            "horizontal_align": k.horizontal,
            "flex_mode": k.one_of("none", "stretch", "flow", "bisect", "trisect"),
            "background_style": k.colour,
            "action": _link,
            "columns": k.listed(k.mapping, 1),
        },
        ("columns",),
    ),
    # "分栏", 列字段说明
    "column": k.shape(
        {
            **_ANY,
            **LAYOUT,
            "background_style": k.colour,
            "width": k.pattern(r"auto|weighted|\d{2,3}px", "width of a column"),
            "weight": k.integer(1, 5),
            "action": _link,
            "elements": _inside,
        }
    ),
    # "表单容器"
    "form": k.shape(
        {**_ANY, **LAYOUT, "name": k.text(), "elements": _inside}, ("name", "elements")
    ),
    # "交互容器"
    "interactive_container": k.shape(
        {
            **_ANY,
            **LAYOUT,
            "width": k.pattern(r"fill|auto|\d{2,3}px", "width"),
            "height": k.pattern(r"auto|\d{2,3}px", "height"),
            "background_style": k.colour,
            "has_border": k.boolean,
            "border_color": k.colour,
            "corner_radius": k.pattern(r"\d{1,3}(px|%)", "radius"),
            "behaviors": k.behaviors,
            "hover_tips": k.words(),
            "disabled": k.boolean,
            "disabled_tips": k.words(),
            "confirm": k.confirm,
            "elements": _inside,
        },
        ("behaviors", "elements"),
    ),
    # "折叠面板"
    "collapsible_panel": k.shape(
        {
            **_ANY,
            **LAYOUT,
            "expanded": k.boolean,
            "background_color": k.colour,
            "header": k.shape(
                {
                    "title": k.words(None, "plain_text", "markdown"),
                    "background_color": k.colour,
                    "vertical_align": k.vertical,
                    "padding": k.padding,
                    "position": k.one_of("top", "bottom"),
                    "width": k.one_of("fill", "auto", "auto_when_fold"),
                    "icon": k.icon,
                    "icon_position": k.one_of("left", "right", "follow_text"),
                    "icon_expanded_angle": k.number,
                }
            ),
            "border": k.shape({"color": k.colour, "corner_radius": k.text()}),
            "elements": _inside,
        },
        ("header", "elements"),
    ),
    # "输入框"
    "input": k.shape(
        {
            **_CHOSEN,
            "disabled_tips": k.words(),
            "default_value": k.text(is_empty=True),
            "i18n_default_value": k.by_language(k.text(is_empty=True)),
            "max_length": k.integer(1, 1000),
            "input_type": k.one_of("text", "multiline_text", "password"),
            "show_icon": k.boolean,
            "rows": k.integer(1, 99),
            "auto_resize": k.boolean,
            "max_rows": k.integer(1, 99),
            "label": k.words(),
            "label_position": k.one_of("top", "left"),
        }
    ),
    # "按钮"
    "button": k.shape(
        {
            **_INTERACTIVE,
            "type": k.one_of(
                *("default", "primary", "danger", "text", "primary_text", "danger_text"),
                *("primary_filled", "danger_filled", "laser"),
            ),
            "size": k.one_of("tiny", "small", "medium", "large"),
            "width": k.input_width,
            "text": k.words(100),
            "icon": k.icon,
            "hover_tips": k.words(),
            "disabled_tips": k.words(),
            "form_action_type": k.one_of("submit", "reset"),
        },
        # A button without a text is allowed, but nobody would know what it does.
        ("text",),
    ),
    # "折叠按钮组"; its confirm is asked whichever option is taken.
    "overflow": k.shape(
        {
            **_ANY,
            "width": k.input_width,
            "options": k.listed(
                k.shape({"text": k.words(100), "multi_url": _multi_url, "value": k.text()}), 1
            ),
            "behaviors": k.behaviors,
            "confirm": k.confirm,
        },
        ("options",),
    ),
    # "下拉选择-单选"
    "select_static": k.shape(
        {
            **_CHOSEN,
            "type": k.one_of("default", "text"),
            "initial_option": k.text(is_empty=True),
            "initial_index": k.integer(0, 999),
            "options": k.listed(_option),
        }
    ),
    # "下拉选择-多选"
    "multi_select_static": k.shape(
        {
            **_CHOSEN,
            "type": k.one_of("default", "text"),
            "selected_values": k.listed(k.text()),
            "options": k.listed(_option),
        },
        ("name",),
    ),
    # "人员选择-单选"
    "select_person": k.shape(
        {
            **_CHOSEN,
            "type": k.one_of("default", "text"),
            "initial_option": k.text(),
            "options": k.listed(_person),
        }
    ),
    # "人员选择-多选"
    "multi_select_person": k.shape(
        {
            **_CHOSEN,
            "type": k.one_of("default", "text"),
            "selected_values": k.listed(k.text()),
            "options": k.listed(_person),
        },
        ("name",),
    ),
    # "日期选择器", "时间选择器", "日期时间选择器"
    "date_picker": k.shape({**_CHOSEN, "initial_date": k.pattern(r"\d{4}-\d\d-\d\d", "date")}),
    "picker_time": k.shape({**_CHOSEN, "initial_time": k.pattern(r"\d\d:\d\d", "time")}),
    "picker_datetime": k.shape(
        {**_CHOSEN, "initial_datetime": k.pattern(r"\d{4}-\d\d-\d\d \d\d:\d\d", "date and time")}
    ),
    # "勾选器"; it has no `required`.
    "checker": k.shape(
        {
            **_INTERACTIVE,
            "checked": k.boolean,
            "text": k.shape(
                {
                    **_SAID,
                    "tag": k.one_of("plain_text", "lark_md"),
                    "element_id": k.element_id,
                    "text_color": k.colour,
                },
                ("tag", "content"),
            ),
            "overall_checkable": k.boolean,
            "button_area": k.mapping,
            "checked_style": k.shape({"show_strikethrough": k.boolean, "opacity": k.number}),
            "padding": k.padding,
            "hover_tips": k.words(),
            "disabled_tips": k.words(),
        }
    ),
}
