"""Who runs the portal, and its story."""

# In our own words, with figures attributed to the article. Its total of venues is more than the sum of its four kinds,
# so it is quoted with the difference.
STORY = """\
南湖街道这片地方，原先是南湖机场。从上世纪九十年代起，旧址上一个小区接一个小区地建起来，慢慢成了一个全是物业小区的街道。\
据2024年1月的报道，这里有6个社区、28个小区，住着近10万人。

住得近了，要商量的事也多了。政协南湖街道联络委的办法叫“一线协商”：委员到街道、社区和小区里去，\
和居民、部门、企业、社团坐到一张桌前，从听难处开始，一直谈到有人去办、办出结果。

先要有坐得下来的地方。报道里列了四种：街道有1个政协委员之家，社区有3个协商议事之家、3个协商工作室，\
28个小区各有一个云端工作站。报道写的总数是“38个”，这四种加起来是35个，差在哪里没有说明，本站只列数得出的。\
还有“香樟树下”“流水议事会”“家长里短议事会”“小区治理月月谈”这样的议事平台。\
再要有一个守得住的节奏：每周学、每月谈、每季讲、每年展。报道写成时，周周学推送了24讲，月月谈开了9次，季季讲办了3场。

2023年的事，报道里这样记着：全年办主题活动42次；9月，中央花园社区的一刻钟便民生活圈入选全国典型案例；\
11月，联络委在全省政协“一线协商·共同缔造”现场推进会上，作为两个基层代表之一介绍了南湖的做法。\
到报道发表时，居民需求收集了120余项，协商解决了90余项，借力委员资源推动解决的有50余项；\
“家校共育大家谈”入选南湖四大品牌活动，累计开展16次；超过60家企业确立合作关系，孵化培育了123个备案社团。

接下来做什么，报道里也写了：突出“共建美丽花园城　缔造南湖幸福里”主题，\
深化委员的学习机制、协商机制、服务机制和长效机制，以“品质南湖、人文南湖、活力南湖”建设为重点，聚焦居民“急难愁盼”的问题，联动“政企社媒校”五大主体。

这个网站接着做同一件事：需求、约定和结果，一件一件摆出来，人人可以提，公开的人人可以看。\
这个故事里的数字是报道里的；网站上别处的数字，都从这里的记录里数出来。
"""
STORY_EN = """\
Where Nanhu Subdistrict stands today there was once an airfield. From the 1990s on, one residential compound after \
another was built on its grounds, until the whole subdistrict was made of them. According to a report of January 2024 \
it has 6 communities and 28 compounds, home to nearly 100,000 people.

Living close together gives people much to talk over. The answer of the CPPCC liaison committee of Nanhu is \
consultation on the spot: its members go to where people live, sit down at one table with residents, government \
offices, businesses and associations, and stay with a matter from the first complaint to the result.

That takes places to sit down in. The report lists four kinds: one CPPCC members' home for the subdistrict, three \
deliberation homes and three consultation studios in the communities, and a cloud station in each of the 28 compounds. \
It gives their total as 38, while the four kinds add up to 35; it does not say where the difference comes from, and \
this site lists those that can be counted. Besides them there are platforms such as “Under the Camphor Tree”. And it \
takes a rhythm that is kept: study every week, talk every month, a lecture every quarter, a showcase every year. When \
the report was written, there had been 24 studies, 9 talks and 3 lectures.

Of 2023 the report tells this: 42 themed activities in the year; in September the fifteen-minute convenience circle of \
Zhongyang Huayuan Community became a national model case; in November the committee spoke at the provincial meeting on \
consultation on the spot, as one of two from the grassroots. By the time of the report more than 120 needs had been \
collected and more than 90 resolved through consultation; what members can bring had helped to resolve more than 50. \
Family and School Together, chosen as one of Nanhu's four brand activities, had met 16 times. More than 60 enterprises \
had entered into cooperation, and 123 registered associations had been nurtured.

The report also says what comes next. The theme is “Build a beautiful garden city together, shape a happy Nanhu”. \
Four mechanisms of the members are to be deepened: study, consultation, service and the long term. The aim is a Nanhu \
of quality, of culture and of vitality, and the focus is on what residents find urgent, difficult and worrying, and \
what they hope for, together with government, enterprises, society, the media and schools.

This site carries on with the same: needs, agreements and results are laid out one by one. Everybody may submit a \
need, and what is published everybody may read. The figures in this story are the report's; all others on this site \
are counted from its own records.
"""
# The committee has to enter phone, address and hours: none of them is made up.
PORTAL = {
    "name": "南湖一线协商",
    "name_en": "Nanhu Consultation Portal",
    "organiser": "武昌区政协南湖街道联络委",
    "organiser_en": "CPPCC Liaison Committee of Nanhu Subdistrict, Wuchang",
    "story_title": "从老机场到议事桌",
    "story_title_en": "From an old airfield to a table for talking",
    "story": STORY,
    "story_en": STORY_EN,
    "story_source": "据政协武昌区委员会南湖街道联络委供稿的报道《一线协商聚合力，缔造南湖幸福里》（2024年1月27日），"
    "文字由本站编写。",
    "story_source_en": "After a report contributed by the CPPCC liaison committee of Nanhu Subdistrict, Wuchang, "
    "published on 27 January 2024; the wording is ours.",
}
COMMITTEE = {
    "name": "政协南湖街道联络委",
    "name_en": "CPPCC Liaison Committee of Nanhu Subdistrict",
    "ref_prefix": "NH",
}
