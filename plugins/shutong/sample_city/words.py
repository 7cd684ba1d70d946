"""Words the sample city is made up from (词库): no real person, no real company."""

from __future__ import annotations

from typing import Final

SURNAMES: Final = (
    "李王张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
DOUBLE_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛", "司徒", "夏侯")
MALE_GIVEN: Final = (
    "伟强磊军勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林翔阳建国志文武德庆荣富贵"
)
FEMALE_GIVEN: Final = (
    "芳娜敏静丽艳娟霞秀燕玲桂英兰红梅琴云莲雪慧莹洁萍倩婷颖露瑶怡佳雯琳欣妍梦洋春花凤"
)
RARE_GIVEN: Final = ("𠮷", "㛃", "䶮", "堃", "犇", "昇", "嬿")
"""Characters that a careless connection turns into question marks."""
DOTTED_NAMES: Final = (
    "阿依古丽·买买提",
    "古丽娜尔·阿不都",
    "买买提·艾力",
    "迪丽拜尔·吐尔逊",
    "木拉提·哈山",
)
"""Names of minority people, written with an interpunct."""

BRAND_FIRST: Final = "景昌浮瑶珠瓷高岭御窑青玲珑粉釉鼎泰恒盛裕德嘉宏润丰茂和瑞安广源华兴隆信"
BRAND_LAST: Final = "源盛达昌隆兴泰祥瑞和顺通利丰裕华美艺韵工坊堂轩阁窑斋远方诚信达维创科"
TRADES: Final[dict[str, str]] = {
    "陶瓷": "C",
    "陶瓷文化": "R",
    "新材料": "C",
    "建筑工程": "E",
    "商贸": "F",
    "物流": "G",
    "餐饮管理": "H",
    "信息技术": "I",
    "房地产开发": "K",
    "农业开发": "A",
    "环保科技": "N",
    "航空零部件": "C",
    "医药": "F",
    "旅游发展": "L",
    "教育咨询": "P",
}
"""Words of a company's trade with the section of GB/T 4754-2017."""
CAUSES: Final = ("因病", "因残", "缺劳动力", "因学", "缺技术", "因灾", "年老")
MATTERS: Final[dict[str, tuple[str, ...]]] = {
    "penalty": (
        "未按规定公示年度报告",
        "未取得许可从事经营活动",
        "产品标签标识不符合规定",
        "未按规定办理变更登记",
        "违反安全生产管理规定",
        "超标排放污染物",
    ),
    "award": (
        "纳税信用等级A级",
        "守合同重信用",
        "市长质量奖",
        "安全生产先进单位",
        "就业创业先进单位",
    ),
}
PROJECTS: Final = (
    "陶瓷生产线技术改造",
    "陶瓷文化创意园",
    "智慧仓储物流中心",
    "航空配套产业园",
    "污水处理提升改造",
    "农产品冷链基地",
    "老旧厂房保护利用",
    "新型电子陶瓷材料",
    "标准厂房建设",
    "旅游综合体",
)
