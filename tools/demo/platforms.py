"""Deliberation platforms, named in the article; their venues and styles are invented."""

# Slug, name, English name, style, English style, what it is, the same in English, slug of its venue.
PLATFORMS = [
    (
        "under-the-camphor",
        "香樟树下",
        "Under the Camphor Tree",
        "树下围坐，谁都能开口",
        "In a circle under the tree; anybody may begin",
        "夏天在樟树下，冬天进屋里。不排座次，先听住得最久的和刚搬来的各说一句，再逐条商量。",
        "In summer under the tree, in winter indoors. Nobody has a fixed seat. Whoever has lived here longest and "
        "whoever has just moved in speak first; then each matter is discussed in turn.",
        "deliberation-home-xiangzhang",
    ),
    (
        "flowing-council",
        "流水议事会",
        "The Flowing Council",
        "走到现场，边走边议",
        "On the spot, talking while walking",
        "不坐会议室，从单元门口走到要解决的那个点，走一路看一路，看完当场把能定的定下来。",
        "No meeting room: people walk from the front door to the spot in question, look at everything on the way, and "
        "settle there and then what can be settled.",
        "deliberation-home-guihua",
    ),
    (
        "household-council",
        "家长里短议事会",
        "The Everyday Council",
        "拉家常，说难处",
        "Everyday talk, everyday troubles",
        "从家里的小事说起，楼栋长记下来，说的人多的就列入下个月的议程。",
        "It begins with small things at home. The building heads write them down, and what many people mention goes on "
        "next month's agenda.",
        "deliberation-home-zhongyang-huayuan",
    ),
    (
        "compound-governance-talk",
        "小区治理月月谈",
        "Monthly Compound Talk",
        "物业、业主、社区一张桌",
        "Property manager, owners and community at one table",
        "每月一次，物业先报上月约定办得怎样，再谈新的事，没办到的要说明原因。",
        "Once a month. The property manager first reports on last month's agreements and explains what was not done; "
        "then new matters are discussed.",
        "consultation-studio-yulan",
    ),
]
